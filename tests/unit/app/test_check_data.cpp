// Does the program look at all pictures first when it is told to, and turn them by EXIF when it is told to?
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/exif_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>, OnBadSample<Skip<1>>> {
};

/// Two classes in two parts, 4 pictures each.
void make_data(const test::TempFolder& folder, const test::Bytes& file) {
  for (const char* part : {"train", "test"})
    for (const char* kind : {"a", "b"})
      for (int i = 0; i < 4; ++i) {
        const test::Bytes png = test::encode_png(test::gradient(40 + i, 30, part[1] + *kind));
        folder.write(std::filesystem::path("data") / part / kind / (std::to_string(i) + ".png"),
                     i == 3 && !file.empty() ? file : png);
      }
}

test::Ran run(const test::TempFolder& folder, std::vector<std::string> more) {
  more.insert(more.begin(), {"--scratch", "--data", (folder.path() / "data").string(), "--image-size", "32",
                             "--overwrite", "--out", (folder.path() / "run").string()});
  return test::run_main<Small>(folder.path(), more);
}

}  // namespace

TEST_CASE("--check-data lists all bad pictures of both parts before the training", "[app][check][hostile]") {
  const test::TempFolder folder;
  make_data(folder, {'n', 'o', 'n', 'e'});
  const test::Ran refused = run(folder, {"--check-data"});
  INFO(refused.out << refused.err);
  CHECK(refused.status == 4);
  CHECK_THAT(refused.err, Contains("4 of 16 pictures cannot be used:"));
  for (const char* bad : {"train/a/3.png", "train/b/3.png", "test/a/3.png", "test/b/3.png"})
    CHECK_THAT(refused.err, Contains(bad));
  CHECK_THAT(refused.out, !Contains("Plan"));
  CHECK(run(folder, {"--check-data", "--skip-at-most", "3"}).status == 4);

  const test::Ran allowed = run(folder, {"--check-data", "--skip-at-most", "4"});
  INFO(allowed.out << allowed.err);
  CHECK(allowed.status == 0);
  CHECK_THAT(allowed.out, Contains("4 of 16 pictures cannot be used") && Contains("test/b/3.png") &&
                              Contains("Left out of the training part"));
}

TEST_CASE("pictures with an EXIF orientation are counted, and turned when asked for", "[app][check]") {
  const test::TempFolder folder;
  make_data(folder, test::png_with_exif(test::encode_png(test::gradient(60, 30, 9)), test::exif(6)));
  const std::string note = "4 of 16 pictures have an EXIF orientation";
  const test::Ran plain = run(folder, {"--check-data"}), turned = run(folder, {"--check-data", "--exif-orientation"});
  CHECK(plain.status == 0);
  CHECK_THAT(plain.out, Contains(note) && Contains("all pictures were read: 0 of 16"));
  CHECK(turned.status == 0);
  CHECK_THAT(turned.out, !Contains(note));
  const auto logits = [&](std::vector<std::string> more, const char* file) {
    more.insert(more.end(), {"--logits", (folder.path() / file).string()});
    REQUIRE(run(folder, more).status == 0);
    return test::read_text(folder.path() / file);
  };
  CHECK(logits({}, "plain.csv") != logits({"--exif-orientation"}, "turned.csv"));

  const auto sheet = [&](std::vector<std::string> more, const char* file) {
    more.insert(more.end(), {"--show-data", (folder.path() / file).string()});
    REQUIRE(run(folder, more).status == 0);
    return test::read_text(folder.path() / file);
  };
  CHECK(sheet({}, "plain.png") != sheet({"--exif-orientation"}, "turned.png"));
  CHECK(run(folder, {"--exif-orientation", "--emit-python", "-"}).status == 2);
}
