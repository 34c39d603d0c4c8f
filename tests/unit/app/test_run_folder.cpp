// Is the folder of a run tried, locked and left as promised?
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/app/run/run_folder.hpp"
#include "unit/io/tensor_bytes.hpp"

using namespace tensor_bytes;
using namespace tuneit;
using app::RunFolder;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("a folder that was made for a run is gone if the run does not begin", "[app][places]") {
  const Scratch scratch;
  {
    const RunFolder folder((scratch / "a/b/c//").string(), false, {});
    CHECK(folder.path() == (scratch / "a/b/c").string());
    CHECK(folder.file("log.csv") == (scratch / "a/b/c/log.csv").string());
    CHECK(names(scratch / "a/b/c").empty());
  }
  CHECK(scratch.entries() == 0);
  fs::create_directory(scratch / "a");
  { const RunFolder folder((scratch / "a/b").string(), false, {}); }
  CHECK(names(scratch / "a").empty());
  CHECK(scratch.entries() == 1);
  {  // moving keeps one owner
    RunFolder first((scratch / "a/b").string(), false, {});
    RunFolder folder(std::move(first));
    folder.begin();
  }
  CHECK(names(scratch / "a") == std::vector<std::string>{"b"});
}

TEST_CASE("a folder with a run in it is refused with a free name, and cleared only when told", "[app][places]") {
  const Scratch scratch;
  const std::string run = (scratch / "run").string();
  fs::create_directories(run + "-2");
  fs::create_directories(run + "/sub");
  for (const char* const name : {"notes.txt", ".best.safetensors.tmp", ".best.safetensors.x1-2.tmp", "model.pth"})
    scratch.write("run/" + std::string(name), "mine");
  { const RunFolder folder(run, false, {}); }  // what is no run is no reason
  scratch.write("run/.result.json.77-0.tmp", "left by a kill");
  scratch.write("run/.tuneit-trial-12", "left by a kill");
  { const RunFolder folder(run, false, {}); }
  for (const char* const name : app::run_files) {
    scratch.write("run/" + std::string(name), "old");
    check_refusal([&] { const RunFolder folder(run, false, {}); },
                  {"/run' has a run already (" + std::string(name) + ")", "/run-3' is free", "--overwrite"},
                  ErrorKind::Usage);
    {
      const RunFolder folder(run, true, {});
      CHECK(folder.has_old_run());
    }
    CHECK(slurp(run + "/" + name) == "old");  // it did not begin
    RunFolder folder(run, true, {});
    folder.begin();
    CHECK_FALSE(folder.has_old_run());
    CHECK(names(run) == std::vector<std::string>{".best.safetensors.tmp", ".best.safetensors.x1-2.tmp", "model.pth",
                                                 "notes.txt", "sub"});
  }
  scratch.write("run/log.csv", "old");
  check_refusal([&] { const RunFolder folder(run + "/sub/..", false, {}); }, {"/run-3' is free"}, ErrorKind::Usage);
  fs::remove(scratch / "run/log.csv");
  // a link is removed, not what it leads to
  fs::create_symlink(scratch / "run/model.pth", scratch / "run/best.safetensors");
  fs::create_symlink(scratch / "nowhere", scratch / "run/log.csv");
  check_refusal([&] { const RunFolder folder(run, false, {}); }, {"(log.csv, best.safetensors)"}, ErrorKind::Usage);
  RunFolder folder(run, true, {});
  folder.begin();
  CHECK(slurp(run + "/model.pth") == "mine");
  CHECK_FALSE(fs::is_symlink(run + "/best.safetensors"));
}

TEST_CASE("--overwrite never removes what the run reads", "[app][places]") {
  const Scratch scratch;
  fs::create_directory(scratch / "run");
  scratch.write("run/log.csv", "");
  const std::string best = scratch.write("run/best.safetensors", "x").string();
  fs::create_symlink(best, scratch / "link");
  for (const std::string& input : {best, (scratch / "link").string()})
    check_refusal(
        [&] {
          const RunFolder folder((scratch / "run").string(), true, {"", input});
        },
        {"would remove", "which this run reads", "/run-2' is free"}, ErrorKind::Usage);
  CHECK_NOTHROW(RunFolder((scratch / "run").string(), true, {"", "resnet18"}));
}

TEST_CASE("a place for a run that will not do is named, with the reason", "[app][places]") {
  const Scratch scratch;
  const auto refused = [&](const std::string& place, std::vector<std::string> words) {
    check_refusal([&] { const RunFolder folder(place, true, {}); }, words, ErrorKind::Io);
  };
  refused(scratch.write("file", "x").string(), {"cannot make the folder", "/file': there is a file of this name"});
  refused((scratch / "file/run").string(), {"cannot make the folder", "Not a directory"});
  refused("/proc/run", {"cannot make the folder '/proc/run': No such file"});
  fs::create_directories(scratch / "a/model.safetensors");
  refused((scratch / "a").string(), {"a/model.safetensors' is a directory"});
  fs::create_directories(scratch / "b");
  REQUIRE(::mkfifo((scratch / "b/log.csv").c_str(), 0600) == 0);
  refused((scratch / "b").string(), {"b/log.csv' is a device or a pipe"});
  fs::create_symlink(scratch / "none", scratch / "c");
  refused((scratch / "c").string(), {"cannot make the folder"});
  CHECK(names(scratch / "a").size() == 1);
}

TEST_CASE("two runs do not share a folder", "[app][places]") {
  const Scratch scratch;
  const std::string run = (scratch / "run").string();
  {
    RunFolder first(run, false, {});
    check_refusal([&] { const RunFolder second(run, true, {}); }, {"another run is writing to", "/run-2' is free"},
                  ErrorKind::Io);
    first.begin();
    check_refusal([&] { const RunFolder second(run, true, {}); }, {"another run is writing to"}, ErrorKind::Io);
    CHECK_NOTHROW(RunFolder((scratch / "other").string(), false, {}));
  }
  CHECK_NOTHROW(RunFolder(run, false, {}));
}

TEST_CASE("the room for a run is that for its models, and for what it replaces", "[app][places]") {
  const Scratch scratch;
  const RunFolder folder((scratch / "run").string(), false, {});
  folder.check_room(2, 1000, 10);
  check_refusal([&] { folder.check_room(2, std::uint64_t{1} << 60U, 10); },
                {"no room in", "two models of 1152921504.61 GB, result.json and log.csv need", "its disk has"},
                ErrorKind::Io);
  check_refusal([&] { folder.check_room(1, std::uint64_t{1} << 60U, 10); }, {"a model of"}, ErrorKind::Io);
}
