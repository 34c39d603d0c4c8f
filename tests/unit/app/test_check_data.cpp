// Does the program look at all pictures first when it is told to, and turn them by EXIF when it is told to?
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/models/tiny.hpp>

#include <catch2/catch.hpp>

#include "../data/exif_files.hpp"
#include "../data/more_picture_files.hpp"
#include "app_run.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>, OnBadSample<Skip<1>>> {
};

struct Strict : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<1>, BatchSize<8>> {};

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

template <class R = Small>
test::Ran run(const test::TempFolder& folder, std::vector<std::string> more) {
  more.insert(more.begin(), {"--scratch", "--data", (folder.path() / "data").string(), "--image-size", "32",
                             "--overwrite", "--out", (folder.path() / "run").string()});
  return test::run_main<R>(folder.path(), more);
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
  CHECK_THAT(refused.err, Contains("--skip-at-most 2 (so many of each part)"));
  const test::Ran strict = run<Strict>(folder, {"--check-data"});  // a program that has no such option
  CHECK(strict.status == 4);
  CHECK_THAT(strict.err,
             Contains("4 of 16 pictures cannot be used:") && Contains("OnBadSample") && !Contains("--skip-at-most"));
  CHECK(run(folder, {"--check-data", "--skip-at-most", "1"}).status == 4);

  const std::string logits = (folder.path() / "l.csv").string();
  const test::Ran allowed =  // as in training: of each part
      run(folder, {"--check-data", "--skip-at-most", "2", "--logits", logits});
  INFO(allowed.out << allowed.err);
  CHECK(allowed.status == 0);
  CHECK_THAT(allowed.out, Contains("4 of 16 pictures cannot be used") && Contains("test/b/3.png") &&
                              Contains("Left out of the training part"));
  CHECK_THAT(allowed.out, Contains("Logits of 6 pictures: "));  // two of the 8 are left out
  CHECK(test::read_column(logits, "path").size() == 6);
  CHECK(test::read_json(folder.path() / "run/result.json")["left_out_pictures"] == 4);
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

TEST_CASE("pictures that carry nothing are named by --check-data and after every training", "[app][check][hostile]") {
  const test::TempFolder folder;
  make_data(folder, test::encode_png(io::Image{40, 30, io::Pixels(3600, 200)}));
  const test::Ran checked = run(folder, {"--check-data"}), plain = run(folder, {});
  INFO(checked.out << checked.err);
  CHECK(checked.status == 0);
  CHECK_THAT(checked.out,
             Contains("4 of 16 pictures have one colour all over and carry nothing: ") && Contains("train/a/3.png"));
  CHECK(plain.status == 0);
  CHECK_THAT(plain.out, Contains("2 of the pictures of the training part have one colour all over") &&
                            Contains("2 of the pictures of the test part have one colour all over"));
  CHECK(test::read_json(folder.path() / "run/result.json")["constant_pictures"] == 4);

  // after the first epoch, and where the training ends early
  const std::string note = "2 of the pictures of the training part have one colour all over";
  const test::Ran longer = run(folder, {"--epochs", "2"});
  CHECK(longer.out.find(note) < longer.out.find("After the last epoch"));
  CHECK(longer.out.rfind(note) > longer.out.find("After the last epoch"));
  const test::Ran diverged = run(folder, {"--epochs", "3", "--lr", "1e30", "--batch-size", "4"});  // in its second step
  INFO(diverged.out << diverged.err);
  CHECK(diverged.status == 5);
  CHECK_THAT(diverged.out, Contains(note));
  const auto result = test::read_json(folder.path() / "run/result.json");
  CHECK(result["ended"] == "diverged in epoch 1 of 3");
  CHECK(result["constant_pictures"] == 2);
  make_data(folder, {});
  CHECK_THAT(run(folder, {"--check-data"}).out, !Contains("one colour"));
}

TEST_CASE("grey of 16 bits is scaled and can be learnt; that is said, and that a file has further frames",
          "[app][check]") {
  const test::TempFolder folder;
  const auto grey = [](std::uint16_t low, int i) {
    std::vector<std::uint16_t> samples;
    for (int p = 0; p < 1200; ++p) samples.push_back(static_cast<std::uint16_t>(low + (p * 97 + i * 31) % 9000));
    return test::encode_pgm16(40, 30, samples);
  };
  for (const char* part : {"train", "test"})
    for (int i = 0; i < 16; ++i) {
      const std::filesystem::path at = std::filesystem::path("data") / part;
      const std::string name = std::to_string(i) + ".png";  // by content, whatever the name
      folder.write(at / "dark" / name, grey(2000, i));
      folder.write(at / "light" / name, grey(40000, i));
    }
  const test::Ran ran = run(folder, {"--check-data", "--epochs", "6"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("64 of 64 pictures are grey of more than 8 bits, scaled to 8; white is 65535 in 64"));
  CHECK_THAT(ran.out, Contains("accuracy 100") && !Contains("further") && !Contains("one colour"));

  folder.write("data/train/dark/0.png", test::encode_gif({test::gradient(40, 30), test::gradient(40, 30)}));
  CHECK_THAT(run(folder, {"--check-data"}).out,
             Contains("1 of 64 pictures is the first of a file with 1 further frame or page, which is not used: "));
  // every training says it, and every test of its part
  const test::Ran unasked = run(folder, {});
  CHECK_THAT(unasked.out,
             Contains("31 of the pictures of the training part are grey of more than 8 bits, scaled to 8; white is ") &&
                 Contains("1 of the pictures of the training part is the first of a file with 1 further frame") &&
                 Contains("32 of the pictures of the test part are grey"));
}
