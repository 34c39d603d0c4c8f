// Does the program of a recipe with a teacher load its weights, and what does it say without them?
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

using Learned = Finetune<TinyNet, ReplaceHead<2>>;
struct Taught : Finetune<TinyNet, ReplaceHead<Dynamic>, Distill<Learned>, Sgd<Lr<0.1>>, Epochs<2>, BatchSize<4>> {};
struct Alone : Finetune<TinyNet, ReplaceHead<Dynamic>, Sgd<Lr<0.1>>, Epochs<2>, BatchSize<4>> {};

class TwoClasses {
 public:
  TwoClasses() {
    for (int i = 0; i < 16; ++i) {
      const std::filesystem::path where = folder.path() / "data" / (i % 2 == 0 ? "dark" : "light");
      std::filesystem::create_directories(where);
      const auto grey = static_cast<std::uint8_t>(i % 2 == 0 ? 30 + i : 220 - i);
      io::Image picture{20, 20, {}};
      picture.rgb.assign(1200, grey);
      io::write_png((where / ("p" + std::to_string(i) + ".png")).string(), picture);
    }
    save_weights<TinyNet>(Trainer<Finetune<TinyNet>>(defaults<Finetune<TinyNet>>()).tensors(), at("start.safetensors"));
    save_weights<Learned::model>(Trainer<Learned>(defaults<Learned>()).tensors(), at("teacher.safetensors"));
  }
  [[nodiscard]] std::string at(const char* name) const { return (folder.path() / name).string(); }
  template <class R>
  [[nodiscard]] test::Ran train(std::vector<std::string> more) const {
    more.insert(more.begin(),
                {"--data", at("data"), "--weights", at("start.safetensors"), "--out", at("run"), "--overwrite"});
    return test::run_main<R>(folder.path(), more);
  }
  [[nodiscard]] std::string model() const { return test::read_text(folder.path() / "run" / "model.safetensors"); }

 private:
  test::TempFolder folder;
};

}  // namespace

TEST_CASE("a teacher's weights are an option of the program", "[app][distill]") {
  const TwoClasses pictures;
  const test::Ran ran = pictures.train<Taught>({"--teacher-weights", pictures.at("teacher.safetensors")});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out.find("the teacher's weights from " + pictures.at("teacher.safetensors")) != std::string::npos);
  CHECK(ran.out.find("soft targets of a teacher") != std::string::npos);
  const std::string taught = pictures.model();
  const test::Ran other =
      pictures.train<Taught>({"--teacher-weights", pictures.at("teacher.safetensors"), "--distill-share", "0.9"});
  CHECK(other.status == 0);
  CHECK(pictures.model() != taught);
}

TEST_CASE("without a teacher's weights, or with those of another network, nothing is trained", "[app][distill]") {
  const TwoClasses pictures;
  const test::Ran none = pictures.train<Taught>({});
  CHECK(none.status == static_cast<int>(ErrorKind::Usage));
  CHECK(none.err.find("Give --teacher-weights FILE") != std::string::npos);
  const test::Ran wrong = pictures.train<Taught>({"--teacher-weights", pictures.at("start.safetensors")});
  CHECK(wrong.status == static_cast<int>(ErrorKind::Weights));
  CHECK_FALSE(std::filesystem::exists(pictures.at("run/model.safetensors")));
  const test::Ran unasked = pictures.train<Alone>({"--teacher-weights", pictures.at("teacher.safetensors")});
  CHECK(unasked.status == static_cast<int>(ErrorKind::Usage));
}
