// Is what a program reads safe from what it writes? No result takes the place of a table, a picture or a file of the
// run.
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
namespace fs = std::filesystem;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>> {};
struct KeepsHead : Finetune<TinyNet, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>> {};

/// Two classes of four pictures, and a table of them.
class Desk {
 public:
  Desk() {
    std::string table = "path,label\n";
    for (const std::string name : {"cat", "dog"})
      for (int i = 0; i < 4; ++i) {
        const std::string file = name + "/" + std::to_string(i) + ".png";
        folder.write("d/" + file, test::encode_png(test::gradient(40 + i, 30, name[0])));
        table += file + "," + name + "\n";
      }
    folder.write("d/t.csv", table);
  }
  template <class R = Small>
  test::Ran run(std::vector<std::string> more) const {
    return test::run_main<R>(folder.path(), std::move(more));
  }
  /// What is said where it is refused; the file is as it was.
  std::string refusal(std::vector<std::string> more, const std::string& file) const {
    const std::string before = test::read_text(at(file));
    const test::Ran ran = run(std::move(more));
    INFO(ran.out << ran.err);
    CHECK(ran.status == 2);
    CHECK(test::read_text(at(file)) == before);
    return ran.err;
  }
  void train() const {
    const test::Ran ran = run({"--scratch", "--data", at("d"), "--image-size", "32", "--out", at("run")});
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder.path() / name).string(); }

  test::TempFolder folder;
};

}  // namespace

TEST_CASE("no result replaces what is read, whatever option names it", "[app][places][hostile]") {
  const Desk desk;
  desk.train();
  const std::string table = desk.at("d/t.csv"), model = desk.at("run/model.safetensors");
  for (const std::string option : {"--train-data", "--test-data"})
    CHECK_THAT(
        desk.refusal({"--evaluate", "--weights", model, option, table, "--logits", desk.at("d/../d/t.csv")}, "d/t.csv"),
        Contains("--logits would replace") && Contains("which is read"));
  CHECK_THAT(desk.refusal({"--scratch", "--train-data", table, "--show-data", table}, "d/t.csv"),
             Contains("--show-data would replace"));
  fs::copy_file(table, desk.at("run/log.csv"), fs::copy_options::overwrite_existing);
  CHECK_THAT(desk.refusal({"--scratch", "--train-data", desk.at("run/log.csv"), "--image-root", desk.at("d"), "--out",
                           desk.at("run"), "--overwrite"},
                          "run/log.csv"),
             Contains("--overwrite would remove") && Contains("which this run reads"));
}

TEST_CASE("no result replaces a picture of the data", "[app][places][hostile]") {
  const Desk desk;
  const std::string data = desk.at("d"), picture = desk.at("d/dog/0.png");
  fs::create_symlink(desk.at("d"), desk.at("also"));
  for (const std::string& name : {picture, desk.at("also/dog/0.png")}) {
    CHECK_THAT(desk.refusal({"--data", data, "--show-data", name}, "d/dog/0.png"),
               Contains("--show-data would replace") && Contains("a picture of the data"));
    CHECK_THAT(desk.refusal({"--data", data, "--emit-python", name}, "d/dog/0.png"),
               Contains("--emit-python would replace") && Contains("a picture of the data"));
    CHECK_THAT(desk.refusal({"--scratch", "--data", data, "--logits", name, "--out", desk.at("none")}, "d/dog/0.png"),
               Contains("--logits would replace") && Contains("a picture of the data"));
  }
  CHECK_FALSE(fs::exists(desk.at("none")));
  const test::Ran twice[] = {desk.run({"--data", data, "--show-data", desk.at("s.png")}),
                             desk.run({"--data", data, "--show-data", desk.at("s.png")})};
  for (const test::Ran& ran : twice) CHECK(ran.status == 0);  // what is no picture of the data may be replaced
}

TEST_CASE("--logits is told from the files of the run by their places, not by their texts", "[app][places][hostile]") {
  const Desk desk;
  const fs::path before = fs::current_path();
  fs::current_path(desk.folder.path());
  fs::create_directory("real");
  fs::create_directory_symlink("real", "link");
  for (const auto& [out, logits] : {std::pair<std::string, std::string>{"run3", desk.at("run3/log.csv")},
                                    {desk.at("run3"), "run3/./result.json"},
                                    {"link", "real/log.csv"}}) {
    const test::Ran ran =
        desk.run({"--scratch", "--data", "d", "--image-size", "32", "--out", out, "--logits", logits});
    INFO(ran.out << ran.err);
    CHECK(ran.status == 2);
    CHECK_THAT(ran.err, Contains("is a file of the run itself"));
  }
  const test::Ran beside = desk.run(
      {"--scratch", "--data", "d", "--image-size", "32", "--out", "run3", "--logits", desk.at("run3/logits.csv")});
  CHECK(beside.status == 0);
  fs::current_path(before);
}

TEST_CASE("options that a test or a recipe has no use for are refused", "[app][places][hostile]") {
  const Desk desk;
  desk.train();
  const std::string data = desk.at("d"), model = desk.at("run/model.safetensors");
  CHECK_THAT(desk.refusal({"--evaluate", "--weights", model, "--data", data, "--out", desk.at("run"), "--overwrite"},
                          "run/log.csv"),
             Contains("--evaluate makes no run") && Contains("Leave --overwrite out"));
  CHECK_THAT(desk.refusal({"--evaluate", "--weights", model, "--data", data, "--keep-head"}, "run/log.csv"),
             Contains("--evaluate tests the model in --weights as it is"));
  const test::Ran kept =
      desk.run<KeepsHead>({"--weights", model, "--data", data, "--keep-head", "--out", desk.at("none")});
  CHECK(kept.status == 2);
  CHECK_THAT(kept.err, Contains("this one keeps it anyway"));
  CHECK_THAT(desk.run({"--scratch", "--data", data, "--class-folders", "middle"}).err,
             Contains("give auto, inner or outer"));
  CHECK(desk.run({"--scratch", "--data", data, "--class-folders", "Outer", "--dry-run"}).status == 0);
}
