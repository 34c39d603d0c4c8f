// The program of a recipe with groups of tensors: their numbers are options, and in what it leaves.
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/io/image/write_png.hpp>
#include <tuneit/io/weights/read_tensors.hpp>
#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;

struct Grouped : Finetune<TinyNet, ReplaceHead<Dynamic>, Sgd<Lr<0.1>>, Epochs<1>, BatchSize<16>, Augment<>,
                          GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>, GroupOf<Layer<"stem">, Lr<0.2>>> {};

class TwoClasses {
 public:
  TwoClasses() {
    for (int i = 0; i < 16; ++i) {
      const std::filesystem::path where = folder.path() / "data" / (i % 2 == 0 ? "dark" : "light");
      std::filesystem::create_directories(where);
      io::Image picture{20, 20, {}};
      picture.rgb.assign(1200, static_cast<std::uint8_t>(i % 2 == 0 ? 30 + i : 220 - i));
      io::write_png((where / ("p" + std::to_string(i) + ".png")).string(), picture);
    }
  }
  [[nodiscard]] std::filesystem::path at(const char* name) const { return folder.path() / name; }
  [[nodiscard]] test::Ran run(std::vector<std::string> more) const {
    more.insert(more.begin(), {"--data", at("data").string(), "--scratch", "--out", at("run").string(), "--overwrite"});
    return test::run_main<Grouped>(folder.path(), more);
  }
  /// What a training with these options leaves.
  [[nodiscard]] io::TensorFile trained(const std::vector<std::string>& more) const {
    const test::Ran ran = run(more);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return io::read_tensors(at("run") / "model.safetensors");
  }
  [[nodiscard]] nlohmann::json result() const { return test::read_json(at("run") / "result.json"); }

 private:
  test::TempFolder folder;
};

}  // namespace

TEST_CASE("numbers of groups are options of the program, and in its result", "[app][groups]") {
  const TwoClasses pictures;
  // one step: what a group's rate does not move is where it was
  const io::TensorFile plain = pictures.trained({});
  CHECK(pictures.result().at("settings").at("head.lr") == 1e-3);
  CHECK(pictures.result().at("settings").at("stem.lr") == 0.2);
  CHECK(pictures.result().at("settings").at("lr") == 0.1);
  const auto first = pictures.result().at("fingerprint");
  const io::TensorFile faster = pictures.trained({"--head.lr", "0.05", "--head.clip-norm=3"});
  CHECK(pictures.result().at("settings").at("head.lr") == 0.05);
  CHECK(pictures.result().at("settings").at("head.clip-norm") == 3);
  CHECK(pictures.result().at("fingerprint") != first);
  CHECK(pictures.result().at("history").at(0).at("lr") == 0.1);  // of what is in no group
  for (std::size_t i = 0; i < table<Grouped::model>.size; ++i) {
    const std::string name(table<Grouped::model>.name(i));
    INFO(name);
    const auto bytes = [&](const io::TensorFile& file) { return weights::to_tensor(*file.find(name)); };
    CHECK(bytes(plain).equal(bytes(faster)) == !mask<Grouped::model, Head>.at[i]);
  }
}

TEST_CASE("numbers of groups are told, checked and written", "[app][groups]") {
  const TwoClasses pictures;
  const test::Ran help = test::run_main<Grouped>(pictures.at("."), {"--help"});
  for (const char* option : {"--head.lr", "--head.weight-decay", "--head.clip-norm", "--stem.lr"})
    CHECK_THAT(help.out, Contains(option));
  const test::Ran plan = pictures.run({"--dry-run", "--head.lr", "0.05"});
  CHECK(plan.status == 0);
  CHECK_THAT(plan.out, Contains("Head has AdamW, rate 0.05, "));
  const test::Ran script = pictures.run({"--emit-python", "--head.lr", "0.05"});
  CHECK(script.status == 0);
  CHECK_THAT(script.out, Contains("HEAD_LR = 0.05\n") && Contains("STEM_LR = 0.2\n"));
  const test::Ran wrong = pictures.run({"--head.lr", "-1"});
  CHECK(wrong.status == static_cast<int>(ErrorKind::Usage));
  CHECK_THAT(wrong.err, Contains("--head.lr"));
}
