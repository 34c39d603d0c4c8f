// Does a program take data as people bring it: parts named one by one, names that are no UTF-8, classes that vanish?
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
using Names = std::vector<std::string>;

struct Small : Finetune<TinyNet, ReplaceHead<Dynamic>, AdamW<Lr<1e-2>>, Epochs<2>, BatchSize<8>, OnBadSample<Skip<8>>> {
};

/// Images of one colour, 4 in each of these folders.
void make(const test::TempFolder& root, const Names& folders, int count = 4) {
  int tint = 0;
  for (const std::string& folder : folders)
    for (int i = 0; i < count; ++i)
      root.write(std::filesystem::path("data") / folder / (std::to_string(i) + ".png"),
                 test::encode_png(test::gradient(40 + i, 30, tint++)));
}

test::Ran run(const test::TempFolder& root, Names more) {
  more.insert(more.begin(), {"--scratch", "--image-size", "32", "--out", (root.path() / "run").string()});
  return test::run_main<Small>(root.path(), more);
}

}  // namespace

TEST_CASE("a class folder whose name is no UTF-8 is trained on to the end, and written so that it comes back",
          "[app][utf8][hostile]") {
  const test::TempFolder root;
  const std::string latin1 = "caf\xe9", quoted = "a\\x41 \"b\",\n\x1b[31m";
  make(root, {latin1, quoted});
  const std::string logits = (root.path() / "l\xe9.csv").string();
  const std::filesystem::path renamed = root.path() / "d\xe4ta";
  std::filesystem::rename(root.path() / "data", renamed);
  const std::filesystem::path out = root.path() / "r\xfcn";
  const test::Ran ran =
      run(root, {"--data", renamed.string(), "--logits", logits, "--check-data", "--out", out.string()});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(ran.out, Contains("'caf\\xe9'  ") && Contains("caf\\xe9   "));  // the shares, the confusion matrix
  CHECK(ran.out.find('\x1b') == std::string::npos);
  const auto result = test::read_json(out / "result.json");
  REQUIRE(result["classes"].size() == 2);
  CHECK(io::utf8_original(result["classes"][0].get<std::string>()) == quoted);
  CHECK(io::utf8_original(result["classes"][1].get<std::string>()) == latin1);
  CHECK(io::utf8_original(result["data"].get<std::string>()) == renamed.string());
  CHECK(result["test_figures"][1]["name"] == "caf\\xe9");
  const Names paths = test::read_column(logits, "path"), labels = test::read_column(logits, "label");  // strict UTF-8
  REQUIRE(paths.size() == 2);
  for (const std::string& path : paths) CHECK(std::filesystem::exists(io::utf8_original(path)));
  CHECK(io::utf8_original(labels[0]) == quoted);
  CHECK(io::utf8_original(labels[1]) == latin1);
  CHECK_THAT(test::read_text(out / "log.csv"), Contains("epoch,lr"));
  const test::Ran tested =
      test::run_main<Small>(root.path(), {"--evaluate", "--weights", (out / "model.safetensors").string(), "--data",
                                          renamed.string(), "--test-fraction", "0.25", "--image-size", "32"});
  INFO(tested.out << tested.err);
  CHECK(tested.status == 0);
  CHECK_THAT(tested.out, Contains("caf\\xe9"));
}

TEST_CASE("parts are named one by one, classes by their level, and merged if asked", "[app][data]") {
  const test::TempFolder root;
  make(root, {"A/cat", "A/Dog", "B/cat", "B/dog"});
  const std::string data = (root.path() / "data").string();
  const test::Ran asked = run(root, {"--data", data});
  CHECK(asked.status == 4);
  CHECK_THAT(asked.err, Contains("--train-data") && Contains("--class-folders inner") && Contains("A/  8 pictures"));
  CHECK_THAT(run(root, {"--train-data", data + "/A", "--test-data", data + "/B"}).err,
             Contains("'dog' and 'Dog' differ only in upper and lower case") && Contains("--merge-classes"));
  const test::Ran ran = run(root, {"--train-data", data + "/A", "--test-data", data + "/B", "--merge-classes"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("8 pictures to train on, 8 to test on, 2 classes"));
  const auto result = test::read_json(root.path() / "run/result.json");
  CHECK(result["train_data"] == data + "/A");
  CHECK(result["test_data"] == data + "/B");
  CHECK_THAT(run(root, {"--data", data, "--class-folders", "outer", "--dry-run"}).out, Contains("2 classes"));
  CHECK_THAT(run(root, {"--data", data, "--train-data", data}).err, Contains("Give either the one or the others"));
  CHECK_THAT(run(root, {"--test-data", data}).err, Contains("nothing to train on"));
  CHECK(run(root, {}).status == 2);
  CHECK_THAT(run(root, {}).err, Contains("--data is required"));
}

TEST_CASE("a table names its columns and the folder of its pictures", "[app][data]") {
  const test::TempFolder root;
  make(root, {"images"});
  root.write("data/t.csv", "key,note,kind\n0,x,cat\n1,y,dog\n2,x,cat\n3,y,dog\n");
  const std::string table = (root.path() / "data/t.csv").string();
  const test::Ran refused = run(root, {"--data", table, "--dry-run"});
  CHECK(refused.status == 4);
  CHECK_THAT(refused.err, Contains("It names 'key', 'note', 'kind'") && Contains("--path-column"));
  const test::Ran ran = run(root, {"--data", table, "--path-column", "key", "--label-column", "Kind", "--image-root",
                                   (root.path() / "data/images").string(), "--dry-run"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("2 pictures to train on, 2 to test on, 2 classes") &&
                          Contains("note: Of 4 paths without an extension"));
}

TEST_CASE("a class that vanishes with the pictures that are left out is refused or said", "[app][check][hostile]") {
  const test::TempFolder root;
  make(root, {"train/a", "train/b", "train/c", "test/a", "test/b", "test/c"});
  const auto spoil = [&](const std::string& folder) {
    for (int i = 0; i < 4; ++i) root.write("data/" + folder + "/" + std::to_string(i) + ".png", "none");
  };
  spoil("train/c");
  const std::string data = (root.path() / "data").string();
  const test::Ran checked = run(root, {"--data", data, "--check-data"});
  CHECK(checked.status == 4);
  CHECK_THAT(checked.err, Contains("Of the class 'c' no picture is left in the training part: all 4 cannot be read."));
  CHECK_THAT(checked.out, Contains("class") && Contains("50 %") && Contains("4 that cannot be used"));
  const test::Ran said = run(root, {"--data", data});
  INFO(said.out << said.err);
  CHECK(said.status == 0);
  CHECK_THAT(said.out, Contains("note: Of the class 'c' no picture is left in the training part"));
  spoil("train/b");
  const test::Ran ended = run(root, {"--data", data, "--overwrite"});
  CHECK(ended.status == 4);
  CHECK_THAT(ended.err, Contains("Only one class is left to learn."));
  CHECK_THAT(ended.out, !Contains("Epoch 2/2 100 %"));
  CHECK_THAT(ended.out, Contains("Left out of the training part, because they cannot be read: 8 pictures"));
  const auto result = test::read_json(root.path() / "run/result.json");
  CHECK_THAT(result["ended"].get<std::string>(), Catch::StartsWith("failed after epoch 1 of 2: Only one class"));
  CHECK(result["left_out_pictures"] == 8);
}
