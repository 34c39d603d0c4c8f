// Does the program of a recipe mix pictures that come again, with blocks that are frozen, and does it say that a
// network has diverged where only its test shows it?
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

struct Mixing : Finetune<TinyNet, ReplaceHead<2>, Freeze<Backbone>, Mixup<0.2>, Sgd<Lr<0.1>>, Epochs<3>, BatchSize<4>> {
};
/// Its only step goes too far: no loss of a training step sees it.
struct Leaping : Finetune<TinyNet, ReplaceHead<2>, Sgd<Lr<1e30>>, Epochs<1>, BatchSize<32>> {};

class TwoClasses {
 public:
  TwoClasses() {
    for (int i = 0; i < 32; ++i) {
      const std::filesystem::path where = folder.path() / "data" / (i % 2 == 0 ? "dark" : "light");
      std::filesystem::create_directories(where);
      const auto grey = static_cast<std::uint8_t>(i % 2 == 0 ? 30 + i : 220 - i);
      io::Image picture{20, 20, {}};
      picture.rgb.assign(1200, grey);
      io::write_png((where / ("p" + std::to_string(i) + ".png")).string(), picture);
    }
  }
  template <class R>
  [[nodiscard]] test::Ran train(std::vector<std::string> more) const {
    const auto at = [&](const char* name) { return (folder.path() / name).string(); };
    save_weights<TinyNet>(Trainer<Finetune<TinyNet>>(defaults<Finetune<TinyNet>>()).tensors(), at("start.safetensors"));
    more.insert(more.begin(),
                {"--data", at("data"), "--weights", at("start.safetensors"), "--out", at("run"), "--overwrite"});
    return test::run_main<R>(folder.path(), more);
  }

 private:
  test::TempFolder folder;
};

}  // namespace

TEST_CASE("pictures are mixed also where blocks are frozen and pictures come again", "[app][mix]") {
  const TwoClasses pictures;
  for (const auto& again : {std::vector<std::string>{"--views", "2"}, {"--augment", "none"}}) {
    const test::Ran ran = pictures.train<Mixing>(again);
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
  }
}

TEST_CASE("a network whose test loss is no number has diverged", "[app][mix]") {
  const TwoClasses pictures;
  const test::Ran ran = pictures.train<Leaping>({"--augment", "none"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == static_cast<int>(ErrorKind::Diverged));
  CHECK(ran.err.find("the test loss is no longer a finite number after epoch 1") != std::string::npos);
  CHECK(ran.out.find("test accuracy") == std::string::npos);
}
