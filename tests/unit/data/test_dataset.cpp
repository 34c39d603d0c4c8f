// Are folders and tables read as documented, split the same everywhere, and refused with a sentence?
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <tuneit/data/dataset/dataset.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

namespace {

using namespace tuneit;
using data::open_dataset;
using test::TempFolder;
using Names = std::vector<std::string>;

/// Files named like pictures, no two alike: opening a data set decodes nothing.
void pictures(const TempFolder& folder, const std::string& where, int count, const std::string& extension = ".jpg") {
  for (int i = 0; i < count; ++i) {
    const std::string name = where + "/p" + std::to_string(i) + extension;
    folder.write(name, name);
  }
}

std::string refusal(const std::filesystem::path& path, const data::SplitOptions& options = {},
                    const data::TableOptions& table = {}) {
  try {
    open_dataset(path, options, table);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::map<int, int> by_label(const std::vector<data::Sample>& samples) {
  std::map<int, int> out;
  for (const auto& sample : samples) ++out[sample.label];
  return out;
}

std::string all_warnings(const data::Dataset& data) {
  std::string out;
  for (const auto& warning : data.warnings) out += warning + "\n";
  return out;
}

}  // namespace

TEST_CASE("a folder with train and test", "[data][dataset]") {
  for (const std::string part : {"test", "val", "valid", "validation", "Val"}) {
    TempFolder folder;
    pictures(folder, "train/hotdog", 3);
    pictures(folder, "train/not-hotdog/deep/er", 4, ".PNG");
    pictures(folder, part + "/hotdog", 1, ".webp");
    pictures(folder, part + "/not-hotdog", 2, ".JPeG");
    const data::Dataset found = open_dataset(folder.path());
    CHECK(found.classes == Names{"hotdog", "not-hotdog"});
    CHECK(by_label(found.train) == std::map<int, int>{{0, 3}, {1, 4}});
    CHECK(by_label(found.test) == std::map<int, int>{{0, 1}, {1, 2}});
    CHECK(found.warnings.empty());
    CHECK(found.source_description.find(part) != std::string::npos);
  }
}

TEST_CASE("class folders are split class by class", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "b", 40);
  pictures(folder, "a", 10);
  pictures(folder, "C", 2);
  pictures(folder, "test", 1);  // a class of that name: it holds no class folders
  const data::Dataset found = open_dataset(folder.path(), {0.25, 7});
  CHECK(found.classes == Names{"C", "a", "b", "test"});  // by bytes
  CHECK(by_label(found.train) == std::map<int, int>{{0, 1}, {1, 7}, {2, 30}, {3, 1}});
  CHECK(by_label(found.test) == std::map<int, int>{{0, 1}, {1, 3}, {2, 10}});
  CHECK(all_warnings(found).find("'test' has one picture only") != std::string::npos);
  std::set<std::string> paths;
  for (const auto& part : {found.train, found.test})
    for (const auto& sample : part) paths.insert(sample.path);
  CHECK(paths.size() == 53);  // nothing twice, nothing lost

  CHECK(open_dataset(folder.path(), {0.25, 7}).test == found.test);
  CHECK(open_dataset(folder.path(), {0.25, 8}).test != found.test);
  CHECK(open_dataset(folder.path(), {0.0, 7}).test.empty());
  CHECK(by_label(open_dataset(folder.path(), {0.99, 7}).train)[2] == 1);
  CHECK_FALSE(refusal(folder.path(), {1.0, 0}).empty());
  CHECK_FALSE(refusal(folder.path(), {-0.1, 0}).empty());
}

TEST_CASE("the split does not depend on where the folder lies or how it was made", "[data][dataset]") {
  TempFolder one, two;
  for (int i = 0; i < 20; ++i) one.write("a/" + std::to_string(i) + ".png", "x");
  for (int i = 19; i >= 0; --i) two.write("a/" + std::to_string(i) + ".png", "x");
  pictures(one, "b", 20);
  pictures(two, "b", 20);
  const auto names = [](const TempFolder& folder) {
    Names out;
    for (const auto& sample : open_dataset(folder.path()).test)
      out.push_back(std::filesystem::relative(sample.path, folder.path()).string());
    return out;
  };
  CHECK(names(one) == names(two));
}

TEST_CASE("what is no picture is passed over and counted", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "a", 2);
  pictures(folder, "b", 2);
  folder.write("a/Thumbs.db", "x");
  folder.write("a/.hidden.jpg", "x");
  folder.write("a/notes.txt", "x");
  folder.write(".git/x.jpg", "x");
  folder.write("__MACOSX/x.jpg", "x");
  folder.write("beside.jpg", "x");
  REQUIRE(::mkfifo((folder.path() / "b/fifo.jpg").c_str(), 0600) == 0);
  std::filesystem::create_symlink(folder.path() / "nowhere", folder.path() / "b/dangling.jpg");
  std::filesystem::create_directory_symlink(folder.path() / "b", folder.path() / "b/loop");
  std::filesystem::create_directory_symlink(folder.path() / "b/self", folder.path() / "b/self");
  const data::Dataset found = open_dataset(folder.path(), {0.5, 0});
  CHECK(found.train.size() + found.test.size() == 4);
  CHECK(all_warnings(found).find("7 hidden or other files") != std::string::npos);
  CHECK(all_warnings(found).find("1 picture beside the class folders") != std::string::npos);
}

TEST_CASE("pictures in hidden folders, beside the class folders too, are not used and counted", "[data][dataset]") {
  for (const char* const beside : {"", "train/"}) {
    TempFolder folder;
    pictures(folder, beside + std::string("a"), 2);
    pictures(folder, beside + std::string("b"), 2);
    const auto warnings = [&] { return all_warnings(open_dataset(folder.path(), {0.5, 0})); };
    folder.write(".git/index", "x");
    folder.write("__MACOSX/._p0.jpg", "x");
    CHECK_THAT(warnings(), !Catch::Contains("in hidden"));
    folder.write(".ipynb_checkpoints/p0.jpg", "x");
    CHECK_THAT(warnings(), Catch::Contains("1 picture in hidden folders (") &&
                               Catch::Contains("/.ipynb_checkpoints') is not used."));
    folder.write(beside + std::string("a/.ipynb_checkpoints/p1.jpg"), "x");
    CHECK_THAT(warnings(), Catch::Contains("2 pictures in hidden folders ("));
    CHECK(open_dataset(folder.path(), {0.5, 0}).classes == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("copies in both parts are counted and named", "[data][dataset]") {
  TempFolder folder;
  for (const std::string part : {"train", "val"})
    for (const std::string name : {"a", "b"}) pictures(folder, part + "/" + name, 3);
  CHECK(open_dataset(folder.path()).warnings.empty());
  const std::string content(10'000, 'c');
  folder.write("train/a/original.jpg", content);
  folder.write("val/a/copy.jpg", content);
  folder.write("val/b/copy.jpg", content);
  folder.write("val/b/other_end.jpg", content.substr(1) + "d");
  folder.write("val/b/other_begin.jpg", "d" + content.substr(1));
  folder.write("train/a/empty.jpg", "");
  folder.write("val/a/empty.jpg", "");
  const std::string warnings = all_warnings(open_dataset(folder.path()));
  CHECK_THAT(warnings, Catch::Contains("2 pictures of the test part can also be found in the training part") &&
                           Catch::Contains("val/a/copy.jpg' is '") && Catch::Contains("train/a/original.jpg'"));
  // A link is no copy, but the training sees it all the same.
  std::filesystem::create_symlink(folder.path() / "train/b/p0.jpg", folder.path() / "val/b/link.jpg");
  CHECK_THAT(all_warnings(open_dataset(folder.path())), Catch::Contains("3 pictures of the test part"));
}

TEST_CASE("names of any kind", "[data][dataset]") {
  TempFolder folder;
  const Names names{
      "-rf", "..hidden not", "a b", "caf\xc3\xa9", "cafe\xcc\x81", std::string(255, 'n'), "\xf0\x9f\x90\xb1"};
  for (const std::string& name : names) folder.write(name + "/" + std::string(251, 'p') + ".jpg", name);
  // hidden: it begins with a dot. What looks alike in two normal forms is two classes, as the bytes say.
  CHECK(open_dataset(folder.path()).classes ==
        Names{"-rf", "a b", "cafe\xcc\x81", "caf\xc3\xa9", std::string(255, 'n'), "\xf0\x9f\x90\xb1"});
}

TEST_CASE("links to folders outside are followed and odd names kept", "[data][dataset]") {
  TempFolder folder, outside;
  pictures(outside, "there", 3);
  std::filesystem::create_directory_symlink(outside.path() / "there", folder.path() / "linked");
  pictures(folder, "-two \"words\"\n<script>\xff", 3);
  const data::Dataset found = open_dataset(folder.path());
  CHECK(found.classes == Names{"-two \"words\"\n<script>\xff", "linked"});
}

TEST_CASE("folders that cannot be trained on", "[data][dataset]") {
  TempFolder folder;
  CHECK(refusal(folder.path() / "missing").find("There is no data at") == 0);
  CHECK(refusal(folder.path()).find("no class folders") != std::string::npos);
  folder.write("x.jpg", "x");
  CHECK(refusal(folder.path()).find("but 1 picture") != std::string::npos);
  CHECK(refusal(folder.path() / "x.jpg").find("neither a folder nor") != std::string::npos);
  pictures(folder, "only", 3);
  CHECK(refusal(folder.path()).find("only one class, 'only'") != std::string::npos);
  std::filesystem::create_directory(folder.path() / "hollow");
  CHECK(refusal(folder.path()).find("hollow' holds no pictures") != std::string::npos);

  TempFolder parts;
  pictures(parts, "train/a", 2);
  pictures(parts, "train/b", 2);
  pictures(parts, "test/a", 2);
  pictures(parts, "test/c", 2);
  CHECK(refusal(parts.path()).find("'c'") != std::string::npos);
  std::filesystem::remove_all(parts.path() / "test/c");
  CHECK(refusal(parts.path()).find("'b'") != std::string::npos);
  pictures(parts, "test/b", 1);
  CHECK(refusal(parts.path()).empty());
  pictures(parts, "val/a", 1);
  CHECK(all_warnings(open_dataset(parts.path())).find("val' is not used") != std::string::npos);
  std::filesystem::remove_all(parts.path() / "test");
  std::filesystem::remove_all(parts.path() / "val");
  CHECK(all_warnings(open_dataset(parts.path())).find("split off") != std::string::npos);
}

TEST_CASE("tables", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "images", 12);
  std::string plain, header = "Label,note,FILE\n", numbers, split = "path,label,split\n";
  for (int i = 0; i < 12; ++i) {
    const std::string path = "images/p" + std::to_string(i) + ".jpg";
    plain += path + (i % 2 == 0 ? ",cat\n" : ",\"dog, big\"\n");
    header += (i % 2 == 0 ? "cat,," : "dog,,") + path + "\n";
    numbers += path + "," + std::to_string(i % 3 == 0 ? 10 : i % 3 == 1 ? 9 : -1) + "\n";
    split += path + (i % 2 == 0 ? ",x," : ",y,") + (i < 8 ? "train\n" : i < 10 ? "Test\n" : "val\n");
  }
  const data::Dataset a = open_dataset(folder.write("plain.csv", plain));
  CHECK(a.classes == Names{"cat", "dog, big"});
  CHECK(a.train.size() == 8);  // 6 a class: round(1.5) = 2 to the test
  CHECK(a.test.size() == 4);
  CHECK(std::filesystem::exists(a.train.front().path));
  CHECK(open_dataset(folder.write("header.CSV", header)).classes == Names{"cat", "dog"});
  CHECK(open_dataset(folder.write("numbers.csv", numbers)).classes == Names{"-1", "9", "10"});
  const data::Dataset d = open_dataset(folder.write("split.csv", split));
  CHECK(by_label(d.train) == std::map<int, int>{{0, 4}, {1, 4}});
  CHECK(by_label(d.test) == std::map<int, int>{{0, 1}, {1, 1}});  // rows of val and of test are different parts
  CHECK_THAT(all_warnings(d),
             Catch::Contains("The part 'val' is not used (2 pictures): the part 'Test' is the test part"));
}

TEST_CASE("tables that cannot be trained on", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "i", 4);
  const auto why = [&](const std::string& text) { return refusal(folder.write("t.csv", text)); };
  CHECK(why("").find("is empty") != std::string::npos);
  CHECK(why("path,label\ni/p0.jpg,a\ni/p9.jpg,b\n").find("t.csv:3: there is no picture") != std::string::npos);
  CHECK(why("path,label\ni/p0.jpg,a\ni/p1.jpg,\n").find("t.csv:3: the label is empty") != std::string::npos);
  CHECK(why("path,label\n,a\n").find("t.csv:2: the path is empty") != std::string::npos);
  CHECK(why("path,label\ni/p0.jpg,a\n./i/p0.jpg,b\n").find("was named before, in line 2") != std::string::npos);
  CHECK(why("path,label\ni/p0.jpg,a\ni/p1.jpg,a\n").find("only one class") != std::string::npos);
  CHECK(why("path,label\n").find("no class") != std::string::npos);
  CHECK(why("i/p9.jpg,a\n").find("names no columns") != std::string::npos);
  CHECK(why("i/p0.jpg a\n").find("one column only") != std::string::npos);
  CHECK(why("path,label\ni/p0.jpg,a,b\n").find("t.csv:2: the row has 3") != std::string::npos);
  CHECK(why("path,label,split\ni/p0.jpg,a,train\ni/p1.jpg,b,later\n").find("t.csv:3: the split 'later'") !=
        std::string::npos);
  CHECK(why("path,label,split\ni/p0.jpg,a,train\ni/p1.jpg,b,test\n").find("'b' of") != std::string::npos);
  CHECK(why("path,label,split\ni/p0.jpg,a,test\ni/p1.jpg,b,test\n").find("no pictures to train") != std::string::npos);
}

TEST_CASE("folds: every sample is tested in exactly one, classes and folds are even", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "a", 23);
  pictures(folder, "b", 8);
  std::map<std::string, int> tested;
  std::vector<std::size_t> sizes;
  for (unsigned fold = 0; fold < 5; ++fold) {
    const data::Dataset found = open_dataset(folder.path(), {.seed = 3, .folds = 5, .fold = fold});
    CHECK(found.train.size() + found.test.size() == 31);
    for (const data::Sample& s : found.test) {
      ++tested[s.path];
      CHECK(std::find(found.train.begin(), found.train.end(), s) == found.train.end());
    }
    const auto count = by_label(found.test);
    CHECK((count.at(0) == 4 || count.at(0) == 5));
    CHECK((count.at(1) == 1 || count.at(1) == 2));
    sizes.push_back(found.test.size());
    CHECK(found.source_description.find("fold " + std::to_string(fold + 1) + " of 5") != std::string::npos);
  }
  CHECK(tested.size() == 31);
  for (const auto& [path, times] : tested) CHECK(times == 1);
  CHECK(*std::max_element(sizes.begin(), sizes.end()) - *std::min_element(sizes.begin(), sizes.end()) <= 1);
  CHECK(open_dataset(folder.path(), {.seed = 3, .folds = 5}).test ==
        open_dataset(folder.path(), {.seed = 3, .folds = 5}).test);
  CHECK(open_dataset(folder.path(), {.seed = 3, .folds = 5}).test !=
        open_dataset(folder.path(), {.seed = 4, .folds = 5}).test);

  CHECK(refusal(folder.path(), {.folds = 1}).find("Fold 1 of 1") == 0);
  CHECK(refusal(folder.path(), {.folds = 3, .fold = 3}).find("Fold 4 of 3") == 0);
  CHECK(all_warnings(open_dataset(folder.path(), {.folds = 9})).find("'b' has 8 pictures only") != std::string::npos);

  TempFolder split;
  for (const char* part : {"train/a", "train/b", "test/a", "test/b"}) pictures(split, part, 2);
  CHECK(refusal(split.path(), {.folds = 2}).find("a test part of its own") != std::string::npos);
}

TEST_CASE("tables with several columns: classes by name, targets, weights", "[data][dataset]") {
  TempFolder folder;
  pictures(folder, "p", 4);
  folder.write("t.csv",
               "path,Breed,age,indoor,w,split\n"
               "p/p0.jpg,pug,1.5,1,2,train\np/p1.jpg,cat,-3,0,1,train\np/p2.jpg,pug,4e1,1,0.5,test\n"
               "p/p3.jpg,cat,0,0,1,test\n");
  const std::filesystem::path table = folder.path() / "t.csv";
  const data::Dataset breeds = open_dataset(table, {}, {.label = "breed", .weight = "w"});
  CHECK(breeds.classes == Names{"cat", "pug"});
  REQUIRE(breeds.train.size() == 2);
  CHECK(breeds.train[0].label == 0);
  CHECK(breeds.train[1].weight == 2);

  const data::Dataset numbers = open_dataset(table, {}, {.targets = {"age", "INDOOR"}});
  CHECK(numbers.classes == Names{"age", "indoor"});
  REQUIRE(numbers.train.size() == 2);
  CHECK(numbers.train[0].targets == std::vector<float>{1.5F, 1});
  CHECK(numbers.train[1].targets == std::vector<float>{-3, 0});
  REQUIRE(numbers.test.size() == 2);
  CHECK(numbers.test[0].targets == std::vector<float>{40, 1});
  CHECK(open_dataset(table, {}, {.targets = {"age"}}).classes == Names{"age"});  // one number is enough

  CHECK(data::has_targets(numbers));
  CHECK_FALSE(data::has_targets(breeds));

  CHECK(refusal(table, {}, {.targets = {"age", "Age"}}).find("'Age' is named twice") != std::string::npos);
  CHECK(refusal(table, {}, {.targets = {"size"}}).find("no column 'size'") != std::string::npos);
  CHECK(refusal(table, {}, {.targets = {"size"}}).find("'Breed'") != std::string::npos);
  CHECK(refusal(table, {}, {.targets = {"breed"}}).find("t.csv:2: 'pug' in the column 'Breed' is no number") !=
        std::string::npos);
  CHECK(refusal(folder.path(), {}, {.label = "breed"}).find("is a folder") != std::string::npos);
  CHECK(refusal(table, {.folds = 2}, {.label = "breed"}).find("a split of its own") != std::string::npos);
  // without classes there is one lot to split, and no word of classes
  folder.write("lot.csv", "path,age\np/p0.jpg,1\np/p1.jpg,2\np/p2.jpg,3\n");
  const data::Dataset lot = open_dataset(folder.path() / "lot.csv", {.folds = 5, .fold = 2}, {.targets = {"age"}});
  CHECK(lot.source_description.find(", fold 3 of 5 for the test (seed 0)") != std::string::npos);
  CHECK(all_warnings(lot).find("There are 3 pictures only, fewer than there are folds") != std::string::npos);
  CHECK(open_dataset(folder.path() / "lot.csv", {}, {.targets = {"age"}}).source_description.find("split at random") !=
        std::string::npos);
  folder.write("zero.csv", "path,label,w\np/p0.jpg,a,1\np/p1.jpg,b,0\n");
  CHECK(refusal(folder.path() / "zero.csv", {}, {.weight = "w"}).find("zero.csv:3: the weight 0 is not more than 0") !=
        std::string::npos);
}

TEST_CASE("classes of parts that are named one by one are one sorted list, with the samples' labels in it",
          "[data][dataset]") {
  constexpr std::size_t count = 2000;
  data::detail::Source all;
  all.same_classes = true;
  const auto part = [&](std::size_t from) {
    data::detail::Source source;
    source.shares.resize(count);
    for (std::size_t i = 0; i < count; ++i) {  // the last digits first, so that they are not sorted
      std::string name = std::to_string(1000000 + from + i);
      std::reverse(name.begin(), name.end());
      source.classes.push_back("a class of some length " + name);
      source.undivided.samples.push_back({"p" + name, static_cast<int>(i)});
    }
    return source;
  };
  data::detail::take_part(part(0), "train", all, all.train);
  data::detail::take_part(part(count / 2), "test", all, all.test);
  data::detail::sort_classes(all);
  REQUIRE(all.classes.size() == count + count / 2);
  REQUIRE(std::is_sorted(all.classes.begin(), all.classes.end()));
  for (const data::detail::SourcePart* part_of : {&all.train, &all.test})
    for (const data::Sample& sample : part_of->samples)
      REQUIRE(all.classes[static_cast<std::size_t>(sample.label)].ends_with(sample.path.substr(1)));
}
