// Are tables understood as people write them: names of columns and parts, paths, separators, labels?
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/data/dataset/dataset.hpp>
#include <tuneit/data/dataset/left_without.hpp>

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

/// i/p0.jpg to i/p3.jpg, and tables beside them.
struct Images : TempFolder {
  Images() {
    for (int i = 0; i < 4; ++i) {
      const std::string name = "i/p" + std::to_string(i) + ".jpg";
      write(name, name);
    }
  }
  data::Dataset open(const std::string& text, const data::TableOptions& table = {},
                     const data::SplitOptions& split = {}, const std::string& name = "t.csv") const {
    return open_dataset(write(name, text), split, table);
  }
  std::string refusal(const std::string& text, const data::TableOptions& table = {}) const {
    return test::refusal([&] { open(text, table); }).first;
  }
};

/// Four rows under a header, with this between path and label.
std::string table_of(const std::string& header, const std::string& between = ",", const std::string& ending = ".jpg",
                     const std::string& folder = "i/") {
  std::string text = header + "\n";
  for (int i = 0; i < 4; ++i)
    text += folder + "p" + std::to_string(i) + ending + between + (i % 2 == 0 ? "cat" : "dog") + "\n";
  return text;
}

}  // namespace

TEST_CASE("columns are found under the names that people give them", "[data][columns][hostile]") {
  const Images pictures;
  for (const char* header : {"path, label", " Path ,LABEL", "image_id,label", "id,breed", "Image Path,class_name",
                             "img,y", "file_name,category_id", "name,label"}) {
    INFO(header);
    const data::Dataset found = pictures.open(table_of(header));
    CHECK(found.classes == Names{"cat", "dog"});
    CHECK(found.train.size() + found.test.size() == 4);
  }
  CHECK_THAT(notes(pictures.open(table_of("id,breed"))),
             Contains("'breed' is taken for the label") && Contains("'id' is taken for the path"));
  CHECK(pictures.open(table_of("where,what"), {.label = "what", .path = " Where"}).classes == Names{"cat", "dog"});
  CHECK_THAT(pictures.refusal(table_of("where,what")),
             Contains("It names 'where', 'what'") && Contains("--path-column"));
  CHECK_THAT(pictures.refusal(table_of("where,label"), {.path = "there"}),
             Contains("no column 'there'") && Contains("'where', 'label'"));
  // which of id and name is the path is seen by what exists
  CHECK(pictures.open("name,id,label\nRex,i/p0.jpg,cat\nTom,i/p1.jpg,dog\n").train.size() == 2);
  CHECK_THAT(pictures.refusal("name,id,label\nRex,1,cat\nTom,2,dog\n"), Contains("several columns may be the path"));
}

TEST_CASE("paths as people write them", "[data][columns][hostile]") {
  const Images pictures;
  const data::Dataset bare = pictures.open(table_of("image_id,label", ",", ""));
  CHECK(bare.train.size() + bare.test.size() == 4);
  CHECK_THAT(notes(bare),
             Contains("Of 4 paths without an extension the picture of that name is taken ('i/p0' is 'p0.jpg')"));
  pictures.write("i/p1.png", "another p1");
  CHECK_THAT(pictures.refusal(table_of("image_id,label", ",", "")),
             Contains("several pictures of that name: 'p1.jpg' and 'p1.png'"));
  // the folder of the pictures: named, or the one beside the table
  for (const data::TableOptions& options : {data::TableOptions{}, data::TableOptions{.images = pictures.path() / "i"}})
    CHECK(pictures.open(table_of("path,label", ",", ".jpg", ""), options).train.size() == 2);
  CHECK_THAT(notes(pictures.open(table_of("path,label", ",", ".jpg", ""))),
             Contains("Paths are relative to the folder"));
  for (int i = 0; i < 4; ++i) pictures.write("j/p" + std::to_string(i) + ".jpg", "j" + std::to_string(i));
  CHECK_THAT(pictures.refusal(table_of("path,label", ",", ".jpg", "")),
             Contains("is in several folders beside it") && Contains("--image-root"));
  const data::Dataset j = pictures.open(table_of("path,label", ",", ".jpg", ""), {}, {}, "j.csv");  // j.csv, j/
  CHECK(j.train.front().path.find("/j/p") != std::string::npos);
  CHECK(pictures.open("path,label\n i/p0.jpg ,cat\ni\\p1.jpg,dog\n").train.size() == 2);
  CHECK_THAT(pictures.refusal("path,label\ni/p0.jpg,cat\ni/p9,dog\n"), Contains("t.csv:3: there is no picture"));
}

TEST_CASE("tabs and semicolons separate, too", "[data][columns]") {
  const Images pictures;
  CHECK(pictures.open(table_of("path;label", ";")).classes == Names{"cat", "dog"});
  CHECK(pictures.open(table_of("path\tlabel", "\t")).classes == Names{"cat", "dog"});
  CHECK(pictures.open(table_of("path\tlabel", "\t"), {}, {}, "t.TSV").classes == Names{"cat", "dog"});
  CHECK(pictures.open("path,label\ni/p0.jpg,cat;1\ni/p1.jpg,dog\n").classes == Names{"cat;1", "dog"});
}

TEST_CASE("labels of a table that people cannot tell apart", "[data][alike][hostile]") {
  const Images pictures;
  const std::string text = "path,label\ni/p0.jpg,cat\ni/p1.jpg,cat \ni/p2.jpg,dog\ni/p3.jpg,dog\n";
  const data::Dataset three = pictures.open(text);
  CHECK(three.classes == Names{"cat", "cat ", "dog"});
  CHECK_THAT(notes(three), Contains("'cat' (1 picture) and 'cat ' (1 picture) differ only in blanks"));
  CHECK(pictures.open(text, {}, {.merge_classes = true}).classes == Names{"cat", "dog"});
  // a blank behind every comma makes no other class
  const data::Dataset tidy = pictures.open(table_of("path, label", ", "));
  CHECK(tidy.classes == Names{"cat", "dog"});
  CHECK(notes(tidy).find("differ") == std::string::npos);
  CHECK_THAT(notes(pictures.open("path,label\ni/p0.jpg,1\ni/p1.jpg,1.0\ni/p2.jpg,2\ni/p3.jpg,2\n")),
             Contains("'1' (1 picture) and '1.0' (1 picture) differ only in how a number is written"));
  CHECK_THAT(pictures.refusal("path,label\ni/p0.jpg,cat\ni/p1.jpg,  \n"), Contains("t.csv:3: the label is empty"));
}

TEST_CASE("a table's val and test rows are different parts, as of folders", "[data][columns]") {
  const Images pictures;
  const auto rows = [](const Names& words, const char* header = "path,label,split\n") {
    std::string text = header;
    for (std::size_t i = 0; i < words.size(); ++i)
      text += "i/p" + std::to_string(i) + ".jpg," + (i % 2 == 0 ? "cat," : "dog,") + words[i] + "\n";
    return text;
  };
  const data::Dataset three = pictures.open(rows({"Training", "train", "dev", " test "}));
  CHECK(three.train.size() == 2);
  CHECK(three.test.size() == 1);
  CHECK_THAT(notes(three), Contains("The part 'dev' is not used (1 picture): the part 'test' is the test part") &&
                               Contains("The test part has no picture of 'cat'"));
  CHECK(pictures.open(rows({"train", "train", "valid", "val"})).test.size() == 2);
  const data::Dataset only = pictures.open(rows({"train", "train", "train", "train"}));
  CHECK(only.test.size() == 2);
  CHECK_THAT(notes(only), Contains("a test part was split off"));
  CHECK(pictures.open(rows({"train", "train", "test", "test"}, "path,label,subset\n")).test.size() == 2);
  CHECK(pictures.open(rows({"train", "train", "x", "test"}, "path,label,set\n")).train.size() == 2);  // no parts: split
  const data::SplitOptions testing{.all_is_test = true};
  CHECK(pictures.open(rows({"train", "train", "val", "test"}), {}, testing).test.size() == 1);
  CHECK(pictures.open(table_of("path,label"), {}, testing).test.size() == 4);
  CHECK(pictures.open("path,label\ni/p0.jpg,cat\n", {}, testing).classes == Names{"cat"});
}

TEST_CASE("what is left without pictures that cannot be used is checked once more", "[data][left][hostile]") {
  const Images pictures;
  const data::Dataset data = pictures.open(table_of("path,label"));  // one picture of each class in each part
  const auto path_of = [](const std::vector<data::Sample>& part, int label) {
    return std::find_if(part.begin(), part.end(), [&](const data::Sample& s) { return s.label == label; })->path;
  };
  const auto nothing = data::left_without(data, {});
  CHECK(nothing.of_training.empty());
  CHECK_NOTHROW(data::check_left(data, nothing));
  const auto test = data::left_without(data, {path_of(data.test, 0)});
  REQUIRE(test.of_test.size() == 1);
  CHECK_THAT(test.of_test[0], Contains("Of the class 'cat' no picture is left in the test part"));
  CHECK_NOTHROW(data::check_left(data, test));
  const auto train = data::left_without(data, {path_of(data.train, 1)});
  CHECK_THROWS_WITH(data::check_left(data, train), Contains("Only one class is left to learn. Of the class 'dog'"));
  CHECK_THROWS_WITH(data::check_left(data, data::left_without(data, {path_of(data.train, 0), path_of(data.train, 1)})),
                    Contains("No picture to train on is left"));
}
