// Files that a program goes on from: weights and result of tuneit 0.1, as they were written; weights with deltas on
// top.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/io/image/write_png.hpp>
#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using test::Ran;
namespace fs = std::filesystem;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<4>, BatchSize<8>> {};
struct Probe : Finetune<TinyNet, ReplaceHead<Dynamic>, Freeze<Backbone>, AdamW<Lr<1e-2>>, Epochs<2>, BatchSize<8>> {};

/// model.safetensors, result.json and logits.csv of `Small` by tuneit 0.1 (59f4969): trained with --scratch
/// --image-size 32
/// --threads 1 --seed 3 --no-augment, tested with --image-size 32 --test-fraction 0.95, on the pictures of Desk.
const fs::path of_0_1 = fs::absolute(fs::path(__FILE__)).parent_path().parent_path().parent_path() / "fixtures/of_0_1";

/// Two classes of pictures, by a formula, and programs that run on them.
struct Desk {
  Desk() {
    for (const auto& [name, level] : {std::pair("NORMAL", 40), std::pair("bacteria", 180)}) {
      fs::create_directories(path("data") / name);
      for (int i = 0; i < 8; ++i) {
        io::Image picture = io::blank_image(36, 36);
        for (int y = 0, at = 0; y < 36; ++y)
          for (int x = 0; x < 36; ++x)
            for (int c = 0; c < 3; ++c)
              picture.rgb[static_cast<std::size_t>(at++)] =
                  static_cast<std::uint8_t>(level + (7 * x + 3 * y + 5 * i + 11 * c) % 41 - 20);
        io::write_png((path("data") / name / (std::to_string(level) + "_" + std::to_string(i) + ".png")).string(),
                      picture);
      }
    }
  }
  template <class R = Small>
  Ran run(std::vector<std::string> more) const {
    more.insert(more.begin(), {"--data", at("data"), "--image-size", "32"});
    return test::run_main<R>(folder.path(), more);
  }
  template <class R = Small>
  std::string well(const std::vector<std::string>& more) const {
    const Ran ran = run<R>(more);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  }
  /// What a model says of all pictures, as text.
  template <class R>
  std::string logits(std::vector<std::string> of) const {
    of.insert(of.end(), {"--evaluate", "--test-fraction", "1", "--logits", at("logits.csv")});
    well<R>(of);
    return test::read_text(path("logits.csv"));
  }
  template <class R = Small>
  void refused(std::vector<std::string> more, ErrorKind kind, const std::string& words) const {
    more.insert(more.end(), {"--out", at("none")});
    const Ran ran = run<R>(more);
    INFO(ran.out << ran.err);
    CHECK(ran.status == static_cast<int>(kind));
    CHECK_THAT(ran.err, Contains(words));
    CHECK_FALSE(fs::exists(path("none")));
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return folder.path() / name; }
  [[nodiscard]] std::string at(const std::string& name) const { return path(name).string(); }

  test::TempFolder folder;
};

}  // namespace

TEST_CASE("weights of tuneit 0.1 are read, with the names beside them, and say what they said", "[app][names]") {
  const Desk desk;
  fs::create_directories(desk.path("run"));
  for (const char* const name : {"model.safetensors", "result.json"})
    fs::copy_file(of_0_1 / name, desk.path("run") / name);
  const auto metadata = io::read_metadata(of_0_1 / "model.safetensors").metadata;
  CHECK_FALSE(metadata.contains("tuneit"));
  CHECK_FALSE(metadata.contains("tuneit.format"));
  const std::string said = desk.well({"--evaluate", "--weights", desk.at("run/model.safetensors"), "--test-fraction",
                                      "1", "--logits", desk.at("now.csv")});
  CHECK_THAT(said, Contains("those in the result.json beside it are taken"));

  auto then = test::read_columns(of_0_1 / "logits.csv"), now = test::read_columns(desk.path("now.csv"));
  REQUIRE(then["path"].size() == 14);
  for (std::size_t i = 0; i < then["path"].size(); ++i) {
    const std::string name = fs::path(then["path"][i]).filename().string();
    INFO(name);
    const auto same = std::find_if(now["path"].begin(), now["path"].end(),
                                   [&](const std::string& path) { return fs::path(path).filename() == name; });
    REQUIRE(same != now["path"].end());
    const auto at = static_cast<std::size_t>(same - now["path"].begin());
    for (const char* const column : {"logit_0", "logit_1"})
      CHECK(std::stod(now[column][at]) == Approx(std::stod(then[column][i])).epsilon(1e-4));
  }
  // a training goes on with the head, which is of the same classes
  CHECK_THAT(desk.well({"--weights", desk.at("run/model.safetensors"), "--epochs", "1", "--out", desk.at("next")}),
             Contains("head included"));
}

TEST_CASE("a training writes what it changed, and is tested and gone on with from there", "[app][delta]") {
  const Desk desk;
  desk.well({"--scratch", "--out", desk.at("base")});
  const std::string base = desk.at("base/model.safetensors");
  const std::string said = desk.well<Probe>({"--weights", base, "--save-delta", "--out", desk.at("probe")});
  CHECK_THAT(said, Contains("*.delta.safetensors"));
  const std::string delta = desk.at("probe/model.delta.safetensors"), whole = desk.at("probe/model.safetensors");
  const io::TensorFile file = io::read_safetensors(delta);
  REQUIRE(file.tensors.size() == 2);  // the backbone is frozen
  CHECK(file.find("fc.weight") != nullptr);
  CHECK(file.find("fc.bias") != nullptr);
  CHECK(io::read_model_card(delta)->names == std::vector<std::string>{"NORMAL", "bacteria"});
  for (const char* const key : {"tuneit.canonical_recipe", "tuneit.fingerprint", "tuneit.recipe", "model"})
    CHECK(file.metadata.at(key) == io::read_metadata(whole).metadata.at(key));
  CHECK(fs::exists(desk.path("probe/best.delta.safetensors")));
  CHECK(desk.logits<Probe>({"--weights", base, "--delta", delta}) == desk.logits<Probe>({"--weights", whole}));

  // on top of that
  CHECK_THAT(desk.well({"--weights", base, "--delta", delta, "--save-delta", "--out", desk.at("next")}),
             Contains("with " + delta + " on top, head included"));
  const std::string next = desk.at("next/model.delta.safetensors");
  const std::string all = desk.logits<Small>({"--weights", desk.at("next/model.safetensors")});
  CHECK(desk.logits<Small>({"--weights", base, "--delta", delta + "," + next}) == all);
  CHECK(desk.logits<Small>({"--weights", base, "--delta", delta, "--delta", next}) == all);

  desk.refused({"--weights", base, "--delta", next + "," + delta}, ErrorKind::Weights, "was not made on top of");
  desk.refused({"--weights", whole, "--delta", delta}, ErrorKind::Weights, "is not what");
  desk.refused({"--weights", delta}, ErrorKind::Weights, "is a delta: it holds only what differs");
  desk.refused({"--weights", base, "--delta", whole}, ErrorKind::Weights, "is no delta");
  desk.refused({"--scratch", "--delta", delta}, ErrorKind::Usage, "--delta goes on top of a file");
  desk.refused({"--scratch", "--save-delta"}, ErrorKind::Usage, "--save-delta writes what differs");
  desk.refused({"--weights", base, "--evaluate", "--save-delta"}, ErrorKind::Usage, "--evaluate makes no run");
}
