// Which pictures does --evaluate test, and is it said what it does not, or what the model was trained on?
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"
#include "app_run.hpp"
#include "tuneit/app/data/test_part.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using Names = std::vector<std::string>;
namespace fs = std::filesystem;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>> {};

class Desk {
 public:
  /// Images in each of these folders, no two alike.
  void pictures(const Names& folders, int count = 4) {
    for (const std::string& where : folders)
      for (int i = 0; i < count; ++i, ++tint_)
        folder.write(where + "/" + std::to_string(i) + ".png", test::encode_png(test::gradient(33 + tint_, 30, tint_)));
  }
  std::string train(const std::string& data, Names more) const {
    more.insert(more.end(), {"--scratch", "--data", at(data), "--image-size", "32", "--out", at("run"), "--overwrite"});
    const test::Ran ran = test::run_main<Small>(folder.path(), more);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  }
  [[nodiscard]] test::Ran evaluate(const std::string& data, Names more = {}) const {
    if (!data.empty()) more.insert(more.end(), {"--data", at(data)});
    more.insert(more.end(), {"--evaluate", "--weights", at("run/model.safetensors")});
    return test::run_main<Small>(folder.path(), more);
  }
  /// The output of a test that goes well.
  std::string tested(const std::string& data, const Names& more = {}) const {
    const test::Ran ran = evaluate(data, more);
    INFO(ran.out << ran.err);
    CHECK(ran.status == 0);
    return ran.out;
  }
  [[nodiscard]] std::string at(const std::string& name) const { return (folder.path() / name).string(); }

  test::TempFolder folder;

 private:
  int tint_ = 0;
};

}  // namespace

TEST_CASE("a part is taken for the one that was kept for the test only if it is that one",
          "[app][test-part][hostile]") {
  Desk desk;
  desk.pictures({"a/cat", "a/dog"}, 8);
  desk.train("a", {"--test-fraction", "0.5"});
  CHECK_THAT(desk.tested("a"), Contains("8 pictures to test on") && Contains("those that were kept for its test"));
  // the same files, in other classes: the same split takes others
  for (const char* const to : {"b/cat", "b/dog"}) fs::create_directories(desk.at(to));
  for (int i = 0; i < 8; ++i) {
    const std::string name = "/" + std::to_string(i) + ".png";
    fs::copy_file(desk.at("a/cat" + name), desk.at((i < 3 ? "b/dog" : "b/cat") + name));
    fs::copy_file(desk.at("a/dog" + name), desk.at((i < 3 ? "b/cat" : "b/dog") + name));
  }
  CHECK_THAT(desk.tested("b"),
             Contains("16 pictures to test on") && Contains("its figures flatter") && !Contains("kept for its test"));
}

TEST_CASE("a share that is asked for is compared with what the model was trained on, and said where it means nothing",
          "[app][test-part][hostile]") {
  Desk desk;
  desk.pictures({"a/cat", "a/dog"}, 8);
  desk.train("a", {"--test-fraction", "0.5"});
  CHECK_THAT(desk.tested("a", {"--test-fraction", "0.5"}), Contains("8 pictures to test on") && !Contains("flatter"));
  CHECK_THAT(desk.tested("a", {"--test-fraction", "0.25"}),  // a part of the part that was kept
             Contains("4 pictures to test on") && !Contains("flatter"));
  CHECK_THAT(desk.tested("a", {"--test-fraction", "0.97"}),
             Contains("14 pictures to test on") && Contains("trained on 6 of these pictures: its figures flatter"));

  desk.pictures({"q/test/cat", "q/test/dog"}, 3);
  const std::string own = "this has one, and all of it is tested";
  CHECK_THAT(desk.tested("q", {"--test-fraction", "0.25"}),
             Contains("6 pictures to test on") && Contains("--test-fraction") && Contains(own));
  CHECK_THAT(desk.tested("", {"--test-data", desk.at("a"), "--test-fraction", "0.25"}),
             Contains("16 pictures to test on") && Contains(own) && Contains("its figures flatter"));
  desk.pictures({"q/train/cat", "q/train/dog"});
  CHECK_THAT(desk.train("q", {"--test-fraction", "0.5"}), Contains("6 to test on") && Contains(own));
  CHECK_THAT(desk.train("q", {}), !Contains(own));
  for (const Names& data : {Names{"--test-data", desk.at("a")}, Names{"--data", desk.at("q")}}) {
    Names more = data;
    more.insert(more.end(), {"--folds", "5"});
    const test::Ran folds = desk.evaluate("", more);
    CHECK(folds.status == 2);
    CHECK_THAT(folds.err, Contains("Leave --folds out") && !Contains("--evaluate"));
  }
}

TEST_CASE("classes without a picture to test are not asked of the model", "[app][test-part]") {
  Desk desk;
  desk.pictures({"a/Zebra", "a/cat", "a/dog"});
  desk.train("a", {});
  desk.pictures({"p/train/Zebra", "p/train/cat", "p/train/dog", "p/test/cat", "p/test/dog"});
  CHECK_THAT(desk.tested("p", {"--check-data"}),
             Contains("8 pictures to test on, 2 classes") && Contains("training part, 12 pictures, is not tested") &&
                 Contains("'Zebra' has no picture to test") && Contains("the data has 2; not tested: 'Zebra'") &&
                 Contains("8       50 %  4 that are not tested"));
  desk.pictures({"p/train/new"});
  CHECK_THAT(desk.tested("p"), Contains("8 pictures to test on, 2 classes") &&
                                   Contains("The classes 'Zebra', 'new' have no picture to test") &&
                                   Contains("training part, 16 pictures, is not tested"));
  // numbers mean what they did in the training where there are no names: the classes of all parts count
  const io::TensorFile named = io::read_safetensors(desk.at("run/model.safetensors"));
  fs::remove_all(desk.at("p/train/new"));
  fs::remove(desk.at("run/result.json"));
  io::write_safetensors(desk.at("run/model.safetensors"), named.tensors, {});
  CHECK_THAT(desk.tested("p", {"--image-size", "32"}),
             Contains("8 pictures to test on, 3 classes") && Contains("1 for 'cat', 2 for 'dog'"));
  io::write_safetensors(desk.at("run/model.safetensors"), named.tensors, named.metadata);
  desk.pictures({"p/train/new"});
  // copies are looked for in all of the training part
  fs::copy_file(desk.at("p/train/new/0.png"), desk.at("p/test/cat/copy.png"));
  CHECK_THAT(desk.tested("p"), Contains("1 picture of the test part can also be found in the training part"));
}

TEST_CASE("a dry run of a test says what would be tested, and tests nothing", "[app][test-part]") {
  Desk desk;
  desk.pictures({"a/cat", "a/dog"});
  desk.train("a", {});
  const std::string said = desk.tested("a", {"--dry-run", "--logits", desk.at("l.csv")});
  CHECK_THAT(said, Contains("Would test TinyNet") && Contains("on 2 pictures of 32 x 32") && !Contains("accuracy") &&
                       !Contains("test loss"));
  CHECK_FALSE(fs::exists(desk.at("l.csv")));
  desk.pictures({"b/bird", "b/dog"});
  CHECK(desk.evaluate("b", {"--dry-run"}).status == 2);
}

TEST_CASE("--check-data names --skip-at-most only where the program has it", "[app][check]") {
  Desk desk;
  desk.pictures({"a/cat", "a/dog"});
  desk.train("a", {});
  desk.folder.write("a/dog/9.png", "none");
  const test::Ran ran = desk.evaluate("a", {"--check-data", "--test-fraction", "1"});
  CHECK(ran.status == 4);
  CHECK_THAT(ran.err,
             Contains("1 of 9 pictures cannot be used") && Contains("OnBadSample") && !Contains("--skip-at-most"));
}

TEST_CASE("a file is looked at once, in however many sets of pictures it is", "[app][test-part]") {
  Desk desk;
  desk.pictures({"a"}, 6);
  std::vector<data::Sample> all(6);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].path = desk.at("a/" + std::to_string(i) + ".png");
  const std::vector<data::Sample> some(all.begin(), all.begin() + 3);
  const std::string of_all = app::Fingerprints().of(all), of_some = app::Fingerprints().of(some);
  CHECK(of_all != of_some);
  std::vector<data::Sample> turned(all.rbegin(), all.rend());
  CHECK(app::Fingerprints().of(turned) == of_all);
  app::Fingerprints prints;
  CHECK(prints.of(some) == of_some);
  CHECK(prints.of(all) == of_all);
  fs::remove_all(desk.at("a"));
  CHECK(prints.of(some) == of_some);
  CHECK(prints.of(all) == of_all);
  CHECK(app::Fingerprints().of(all) != of_all);
}
