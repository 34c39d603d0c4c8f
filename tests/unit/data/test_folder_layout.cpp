// Are the folders that people bring taken for what they are: parts, folds, classes, or asked about?
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/data/dataset/dataset.hpp>

#include <catch2/catch.hpp>

#include "dataset_notes.hpp"
#include "picture_files.hpp"
#include "unit/refusal.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using data::open_dataset;
using test::notes;
using test::TempFolder;
using Names = std::vector<std::string>;

/// Two files named like pictures in each of these folders, no two alike.
void make(const TempFolder& root, const Names& folders, int count = 2) {
  for (const std::string& folder : folders)
    for (int i = 0; i < count; ++i) {
      const std::string name = folder + "/p" + std::to_string(i) + ".jpg";
      root.write(name, name);
    }
}

/// Folders of this kind in each of the parts.
Names in_each(const Names& parts, const Names& classes = {"cat", "dog"}) {
  Names out;
  for (const std::string& part : parts)
    for (const std::string& name : classes) out.push_back(part + "/" + name);
  return out;
}

std::string refusal(const TempFolder& folder, const data::SplitOptions& options = {}) {
  return test::refusal([&] { open_dataset(folder.path(), options); }).first;
}

const data::SplitOptions outer{.class_folders = data::ClassFolders::Outer},
    inner{.class_folders = data::ClassFolders::Inner}, testing{.all_is_test = true};

}  // namespace

TEST_CASE("parts by what people call them, at any one level", "[data][layout]") {
  for (const auto& [train, test] :
       std::vector<std::pair<std::string, std::string>>{{"Training", "Testing"},
                                                        {"training_set", "test_set"},
                                                        {"TRAIN", "TEST"},
                                                        {"trn", "val"},
                                                        {"train_images", "valid-images"},
                                                        {"traindata", "testdata"},
                                                        {"train", "dev"},
                                                        {"train", "eval"},
                                                        {"seg_train", "seg_test"},
                                                        {"seg_train/seg_train", "seg_test/seg_test"},
                                                        {"train2017", "val2017"},
                                                        {"train/images", "test/images"},
                                                        {"archive/data/train", "archive/data/validation"},
                                                        {"test_data/train", "test_data/test"}}) {
    const TempFolder folder;
    make(folder, in_each({train}));
    make(folder, in_each({test}), 1);
    INFO(train << ", " << test);
    const data::Dataset found = open_dataset(folder.path());
    CHECK(found.classes == Names{"cat", "dog"});
    CHECK(found.train.size() == 4);
    CHECK(found.test.size() == 2);
  }
}

TEST_CASE("of three parts test is tested, val is not used, and that is said; what lies beside them, too",
          "[data][layout]") {
  const TempFolder folder;
  make(folder, in_each({"Train", "Val", "Test"}));
  make(folder, {"unlabelled"});
  make(folder, {"Val/bird"});
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.test.size() == 4);
  CHECK(found.test.front().path.find("/Test/") != std::string::npos);
  CHECK(found.classes == Names{"cat", "dog"});  // bird is nowhere to be learned
  CHECK_THAT(notes(found), Contains("Val' is not used (6 pictures)") &&
                               Contains("unlabelled' (2 pictures) is not used") &&
                               Contains("The class 'bird' is only in a part that is not used."));
}

TEST_CASE("parts whose pictures lie in no class folders", "[data][layout]") {
  const TempFolder flat;
  make(flat, {"train", "test"});
  CHECK_THAT(refusal(flat),
             Contains("'train', 'test' hold pictures in no class folders") && Contains("train/  2 pictures"));
  CHECK(open_dataset(flat.path(), outer).classes == Names{"test", "train"});  // a person says so
  const TempFolder kaggle;                                                    // a test part without labels
  make(kaggle, in_each({"train", "val"}));
  make(kaggle, {"test"});
  const data::Dataset found = open_dataset(kaggle.path());
  CHECK(found.test.size() == 4);
  CHECK_THAT(notes(found), Contains("test' (2 pictures) is not used: its pictures lie in no class folders"));
  const TempFolder classes;  // words that may well be classes
  make(classes, {"valid", "invalid"});
  CHECK(open_dataset(classes.path()).classes == Names{"invalid", "valid"});
}

TEST_CASE("a test part beside the class folders", "[data][layout]") {
  const TempFolder folder;
  make(folder, {"cat", "dog"}, 3);
  make(folder, in_each({"validation"}));
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.classes == Names{"cat", "dog"});
  CHECK(found.train.size() == 6);
  CHECK(found.test.size() == 4);
  make(folder, {"validation/bird"});
  CHECK_THAT(refusal(folder), Contains("'validation' that holds folders, and beside it others"));
  CHECK(open_dataset(folder.path(), outer).classes == Names{"cat", "dog", "validation"});
}

TEST_CASE("parts inside of classes", "[data][layout]") {
  const TempFolder folder;
  make(folder, in_each({"cat", "dog"}, {"train", "test"}));
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.classes == Names{"cat", "dog"});
  CHECK(found.train.size() == 4);
  CHECK(found.test.size() == 4);
}

TEST_CASE("folders of the same names in several folders are asked about", "[data][layout][hostile]") {
  const TempFolder folder;
  make(folder, in_each({"A", "B"}));
  const std::string why = refusal(folder);
  CHECK_THAT(why, Contains("'cat' and 1 more lie in several of its folders") && Contains("A/  4 pictures") &&
                      Contains("cat/  2 pictures") && Contains("--train-data") && Contains("--class-folders"));
  CHECK(open_dataset(folder.path(), outer).classes == Names{"A", "B"});
  const data::Dataset pooled = open_dataset(folder.path(), inner);
  CHECK(pooled.classes == Names{"cat", "dog"});
  CHECK(pooled.train.size() + pooled.test.size() == 8);
  CHECK_FALSE(refusal(folder, testing).empty());  // testing does not guess either

  const TempFolder patients;  // class/patient/picture
  make(patients, {"cat/p1", "cat/p2", "dog/p3", "dog/p4"});
  CHECK(open_dataset(patients.path()).classes == Names{"cat", "dog"});
  make(patients, {"dog/p1"});
  CHECK_THAT(refusal(patients), Contains("'p1' lies in several of its folders"));

  const TempFolder around;  // one folder around the pictures of each class
  make(around, {"cat/images", "dog/images"});
  CHECK(open_dataset(around.path()).classes == Names{"cat", "dog"});
  make(around, {"cat/masks", "dog/masks"});
  CHECK_FALSE(refusal(around).empty());

  const TempFolder beside;  // a part of a name that nobody knows
  make(beside, in_each({"train", "later"}));
  CHECK_THAT(refusal(beside), Contains("no test or val part, and beside it 'later'"));
}

TEST_CASE("folds as folders", "[data][layout]") {
  for (const std::string stem : {"fold", "Fold_", "split-", ""}) {
    const TempFolder folder;
    make(folder, in_each({stem + "1", stem + "2", stem + "10"}));
    make(folder, {stem + "10/cat"}, 5);
    CHECK_THAT(refusal(folder), Contains("3 folders that look like folds") && Contains("--folds 3 --fold K"));
    CHECK_THAT(refusal(folder, {.folds = 5}), Contains("and --folds is 5"));
    const data::Dataset third = open_dataset(folder.path(), {.folds = 3, .fold = 2});  // by number, not by name
    CHECK(third.classes == Names{"cat", "dog"});
    CHECK(third.train.size() == 8);
    CHECK(third.test.size() == 7);
    CHECK(open_dataset(folder.path(), testing).test.size() == 15);
    CHECK(open_dataset(folder.path(), inner).classes == Names{"cat", "dog"});
  }
  const TempFolder digits;  // classes, not folds
  make(digits, {"0", "1", "2"});
  CHECK(open_dataset(digits.path()).classes == Names{"0", "1", "2"});
}

TEST_CASE("wrapping folders are looked through, and that is said", "[data][layout]") {
  const TempFolder folder;
  make(folder, {"archive/pictures/cat", "archive/pictures/dog"});
  folder.write("archive/labels/x.txt", "no picture");
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.classes == Names{"cat", "dog"});
  CHECK_THAT(notes(found), Contains("The class folders are those in") && Contains("archive/pictures'"));
}

TEST_CASE("parts that are named one by one, of any name and kind", "[data][layout]") {
  const TempFolder folder;
  make(folder, in_each({"A", "B"}));
  folder.write("b.csv", "path,label\nB/cat/p0.jpg,cat\nB/dog/p1.jpg,dog\n");
  const data::Dataset folders = open_dataset(data::PartPaths{folder.path() / "A", folder.path() / "B"});
  CHECK(folders.train.size() == 4);
  CHECK(folders.test.size() == 4);
  const data::Dataset mixed = open_dataset(data::PartPaths{folder.path() / "A", folder.path() / "b.csv"});
  CHECK(mixed.classes == Names{"cat", "dog"});
  CHECK(mixed.test.size() == 2);
  CHECK(open_dataset(data::PartPaths{folder.path() / "A", {}}).test.size() == 2);  // split off
  CHECK(open_dataset(data::PartPaths{{}, folder.path() / "B"}, testing).test.size() == 4);
  CHECK_THROWS_WITH(open_dataset(data::PartPaths{folder.path(), folder.path() / "B"}, inner),
                    Contains("holds no folders"));
  make(folder, {"B/bird"});
  CHECK_THROWS_WITH(open_dataset(data::PartPaths{folder.path() / "A", folder.path() / "B"}), Contains("'bird'"));
}

TEST_CASE("testing alone takes all of any layout, or its test part", "[data][layout]") {
  const TempFolder whole, parts, alone, one, pictures;
  make(whole, {"cat", "dog"});
  std::filesystem::create_directory(whole.path() / "empty");
  const data::Dataset all = open_dataset(whole.path(), testing);
  CHECK(all.test.size() == 4);
  CHECK(all.train.empty());
  CHECK_THAT(notes(all), Contains("empty' holds no pictures"));
  make(parts, in_each({"train", "test"}));
  make(parts, {"train/bird"});
  const data::Dataset tested = open_dataset(parts.path(), testing);
  CHECK(tested.test.size() == 4);
  CHECK(tested.train.size() == 6);
  CHECK(tested.classes == Names{"bird", "cat", "dog"});
  make(alone, in_each({"test"}));
  CHECK(open_dataset(alone.path(), testing).test.size() == 4);
  CHECK_THAT(refusal(alone), Contains("has no pictures to train on, only a part for testing"));
  make(one, {"cat"});
  CHECK(open_dataset(one.path(), testing).classes == Names{"cat"});
  const data::Dataset itself = open_dataset(one.path() / "cat", testing);  // a class folder by itself
  CHECK(itself.classes == Names{"cat"});
  CHECK(itself.test.size() == 2);
}

TEST_CASE("names that people cannot tell apart are pointed out, and merged only if asked", "[data][alike][hostile]") {
  const TempFolder folder;
  make(folder, {"cat", "Dog"}, 4);
  make(folder, {"cat "}, 2);
  const data::Dataset two = open_dataset(folder.path());
  CHECK(two.classes == Names{"Dog", "cat", "cat "});
  CHECK_THAT(notes(two),
             Contains("The classes 'cat' (4 pictures) and 'cat ' (2 pictures) differ only in blanks; they are "
                      "two classes (--merge-classes makes them one)"));
  const data::Dataset merged = open_dataset(folder.path(), {.merge_classes = true});
  CHECK(merged.classes == Names{"Dog", "cat"});
  CHECK(merged.train.size() + merged.test.size() == 10);
  CHECK(merged.shares.size() == 2);
  CHECK(merged.shares[1].used == 6);
  CHECK_THAT(notes(merged), Contains("they are one class, 'cat'"));

  const TempFolder parts;
  make(parts, in_each({"train"}, {"Cat", "dog"}));
  make(parts, in_each({"test"}, {"cat", "dog"}));
  CHECK_THAT(refusal(parts),
             Contains("'cat' and 'Cat' differ only in upper and lower case") && Contains("--merge-classes"));
  const data::Dataset joined = open_dataset(parts.path(), {.merge_classes = true});
  CHECK(joined.classes == Names{"Cat", "dog"});
  CHECK(joined.test.size() == 4);
}

TEST_CASE("pictures by other names are judged by their content, those that cannot be read are named",
          "[data][kinds][hostile]") {
  const TempFolder folder;
  make(folder, {"cat", "dog"}, 30);
  const std::string jpeg = "\xff\xd8\xff\xe0 a jpeg", heic = std::string(
                                                          "\0\0\0\x18"
                                                          "ftypheic",
                                                          12);
  for (const char* name : {"a.jfif", "b.JPE", "c.bmp", "d.TIF", "e.pgm", "f.gif"})
    folder.write(std::string("cat/") + name, name);
  folder.write("cat/noname", jpeg + "1");
  folder.write("cat/wrong.txt", jpeg + "2");
  folder.write("cat/notes.txt", "text");
  folder.write("cat/annotation.xml", "<?xml version=\"1.0\"?><annotation/>");
  folder.write("dog/a.heic", heic + "1");
  folder.write("dog/b", heic + "2");
  folder.write("dog/film.mkv", "\x1a\x45\xdf\xa3");
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.train.size() + found.test.size() == 68);
  CHECK_THAT(notes(found), Contains("2 HEIC and 1 video files in 1 class folder of the folder") &&
                               Contains("2 hidden or other files"));
  REQUIRE(found.shares.size() == 2);
  CHECK(found.shares[0].used == 38);
  CHECK(found.shares[0].passed_over.empty());
  CHECK(found.shares[1].used == 30);
  CHECK(found.shares[1].passed_over == std::map<std::string, std::size_t>{{"HEIC", 2}, {"video", 1}});
  folder.write("cat/x.avif", std::string("\0\0\0\x18"
                                         "ftypavif",
                                         12));
  CHECK_THAT(refusal(folder),
             Contains("has 4 of 72 pictures of kinds that are not read: 1 AVIF, 2 HEIC and 1 video files"));

  const TempFolder most;  // few of all, most of a class
  make(most, {"cat"}, 200);
  make(most, {"dog"}, 1);
  most.write("dog/a.heic", heic);
  most.write("dog/b.heic", heic);
  CHECK_THAT(refusal(most),
             Contains("Of the class 'dog' in the folder") && Contains("2 of 3 pictures are of kinds that are not "
                                                                      "read (2 HEIC)"));
}

TEST_CASE("the same picture in two classes is named", "[data][copies][hostile]") {
  const TempFolder folder;
  make(folder, {"cat", "dog"}, 4);
  folder.write("cat/copy.jpg", "the same bytes");
  folder.write("cat/more.jpg", "the same bytes");  // twice in one class is no contradiction
  CHECK(notes(open_dataset(folder.path(), testing)).empty());
  folder.write("dog/copy.jpg", "the same bytes");
  CHECK_THAT(notes(open_dataset(folder.path(), testing)),
             Contains("3 pictures can also be found in another class, byte for byte, and have a wrong label") &&
                 Contains("cat/copy.jpg' ('cat') is '") && Contains("dog/copy.jpg' ('dog')"));
  const TempFolder linked;
  make(linked, {"cat", "dog"}, 4);
  std::filesystem::create_hard_link(linked.path() / "cat/p0.jpg", linked.path() / "dog/link.jpg");
  CHECK_THAT(notes(open_dataset(linked.path(), testing)),
             Contains("2 pictures can also be found") && Contains("is the same file as"));
}
