// Are texts divided as pictures are: by their own parts, by class, by groups, in folds?
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <tuneit/data/dataset/text_dataset.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

using namespace tuneit;

namespace {

std::string rows_of(int of_a, int of_b, const std::string& more = "") {
  std::string out = "text,label\n";
  for (int i = 0; i < of_a; ++i) out += "text " + std::to_string(i) + ",a\n";
  for (int i = 0; i < of_b; ++i) out += "other " + std::to_string(i) + ",b\n";
  return out + more;
}
std::string refusal(const std::string& bytes, const data::SplitOptions& split = {}) {
  const test::TempFolder f;
  try {
    data::open_texts(f.write("t.csv", bytes), {}, split);
  } catch (const Error& error) {
    const std::string text = error.what();
    const std::size_t file = text.find("t.csv");
    return text.substr(file == std::string::npos ? 0 : file, text.find('\n') - (file == std::string::npos ? 0 : file));
  }
  return {};
}
data::TextDataset open(const std::string& bytes, const data::SplitOptions& split = {},
                       const std::string& name = "t.csv") {
  const test::TempFolder f;
  return data::open_texts(f.write(name, bytes), {}, split);
}
std::size_t of_class(const std::vector<io::TextExample>& part, const std::string& name) {
  return static_cast<std::size_t>(
      std::count_if(part.begin(), part.end(), [&](const auto& e) { return std::get<std::string>(e.label) == name; }));
}
bool mentions(const data::TextDataset& d, const std::string& text) {
  return std::any_of(d.warnings.begin(), d.warnings.end(),
                     [&](const auto& w) { return w.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("a test part is split off class by class, by the seed", "[data][text]") {
  const auto d = open(rows_of(20, 8));
  CHECK(d.classes == std::vector<std::string>{"a", "b"});
  CHECK(d.counts == std::vector<std::size_t>{15, 6});
  CHECK(of_class(d.test, "a") == 5);
  CHECK(of_class(d.test, "b") == 2);
  CHECK(!d.own_test);
  CHECK(d.source_description.find("split class by class with 25 % for the test (seed 0)") != std::string::npos);
  const auto again = open(rows_of(20, 8)), other = open(rows_of(20, 8), {.seed = 1});
  const auto texts = [](const data::TextDataset& x) {
    std::vector<std::string> out;
    for (const auto& e : x.test) out.push_back(e.text);
    return out;
  };
  CHECK(texts(d) == texts(again));
  CHECK(texts(d) != texts(other));
  CHECK(d.class_of("b") == 1);
}

TEST_CASE("the same members are tested as of pictures", "[data][text]") {
  std::vector<data::Sample> samples;
  for (int i = 0; i < 28; ++i) samples.push_back({(i < 20 ? "a" : "b") + std::to_string(100 + i), i < 20 ? 0 : 1});
  data::Dataset pictures;
  pictures.classes = {"a", "b"};
  data::split_by_class(samples, {}, pictures);
  const auto d = open(rows_of(20, 8));
  REQUIRE(d.test.size() == pictures.test.size());
  for (std::size_t i = 0; i < d.test.size(); ++i)
    CHECK(std::to_string(d.test[i].line - 2 + 100) == pictures.test[i].path.substr(1));
}

TEST_CASE("every text is tested in one fold", "[data][text]") {
  std::multiset<std::string> tested;
  for (unsigned fold = 0; fold < 5; ++fold) {
    const auto d = open(rows_of(13, 9), {.folds = 5, .fold = fold});
    CHECK(d.train.size() + d.test.size() == 22);
    for (const auto& e : d.test) tested.insert(e.text);
  }
  CHECK(tested.size() == 22);
  CHECK(std::set<std::string>(tested.begin(), tested.end()).size() == 22);
}

TEST_CASE("groups stay whole", "[data][text]") {
  std::string csv = "text,label,group\n";
  for (int i = 0; i < 40; ++i)
    csv += "t" + std::to_string(i) + "," + (i % 2 ? "a" : "b") + ",g" + std::to_string(i % 10) + "\n";
  const auto d = open(csv);
  std::set<std::string> train, test;
  for (const auto& e : d.train) train.insert(e.group);
  for (const auto& e : d.test) test.insert(e.group);
  CHECK(test.size() == 3);  // of 10
  CHECK(train.size() == 7);
  for (const std::string& g : test) CHECK(!train.contains(g));
}

TEST_CASE("parts that are there are used", "[data][text]") {
  const auto d = open("text,label,split\nx,1,train\ny,10,Training\nz,1,test\nv,2,dev\n");
  CHECK(d.own_test);
  CHECK(d.train.size() == 2);
  CHECK(d.test.size() == 1);
  CHECK(d.classes == std::vector<std::string>{"1", "10"});
  CHECK(mentions(d, "The part 'dev' is not used (1 text): 'test' is the test part."));
  CHECK(mentions(d, "The test part has no text of '10'."));
  CHECK(open("text,label,split\nx,9,train\ny,10,train\nz,10,val\n").classes == std::vector<std::string>{"9", "10"});
  CHECK(mentions(open("text,label,split\nx,9,train\ny,10,train\nz,10,train\n"), "a test part was split off"));
}

TEST_CASE("a label that is only in the test part is refused by name and place", "[data][text]") {
  CHECK(refusal("text,label,split\nx,a,train\ny,b,train\nz,a,test\nw,c,test\n") ==
        "t.csv:5: the label 'c' is only in the test part.");
  CHECK(refusal("text,label,split\nx,a,train\ny,b,train\nz,B,test\n") ==
        "t.csv:4: the label 'B' is only in the test part. 'B' and 'b' differ only in upper and lower case.");
  CHECK(refusal("text,label,split\nx,a,trian\n") == "t.csv:2: the split 'trian' is not known.");
  CHECK(refusal("text,label\nx,a\ny,a\n").find("has only one class, 'a'.") != std::string::npos);
  CHECK(refusal("text,label,split\nx,a,test\n").find("has no texts to train on.") != std::string::npos);
  CHECK(refusal("text,label,split\nx,a,test\ny,b,train\n", {.folds = 2}).find("folds were asked for") !=
        std::string::npos);
}

TEST_CASE("tags are classes in the order of their first appearance", "[data][text]") {
  const auto d = open("a O\nb I-X\n\nc I-Y\nd O\n\ne I-X\nf I-X\n\ng O\n", {.test_fraction = 0}, "t.conll");
  CHECK(d.classes == std::vector<std::string>{"O", "B-X", "B-Y", "I-X"});
  CHECK(d.counts == std::vector<std::size_t>{3, 2, 1, 1});
}

TEST_CASE("texts that are there twice are counted", "[data][text]") {
  const auto d = open("text,label,split\nx,a,train\ny,b,train\nx,a,test\n y,b,test\nx,b,test\n");
  CHECK(d.in_both == 2);
  CHECK(d.other_labels == 1);
  CHECK(mentions(d, "2 texts of the test part can also be found in the training part"));
  CHECK(mentions(d, "t.csv:4 is "));
  CHECK(mentions(d, "1 text can also be found with another label"));
  CHECK(mentions(open(rows_of(2, 2, ",a\n \t,b\n")), "2 texts are empty, or white space only."));
}

TEST_CASE("texts with classes and texts with tags in one folder are refused", "[data][text]") {
  const test::TempFolder f;
  const auto folder = f.write("train.csv", rows_of(2, 2)).parent_path();
  f.write("train.conll", "sea O\n");
  CHECK_THROWS_WITH(data::open_texts(folder), Catch::Contains("train.csv:2 has a label of another kind than "));
  f.write("train.conll", "");
  CHECK(data::open_texts(folder).train.size() + data::open_texts(folder).test.size() == 4);
}

TEST_CASE("parts may be named one by one", "[data][text]") {
  const test::TempFolder f;
  const auto train = f.write("x.csv", "text,label,split\nx,a,test\ny,b,test\n"),
             test = f.write("y.jsonl", "{\"text\":\"z\",\"label\":\"a\"}");
  const auto d = data::open_texts(data::PartPaths{train, test});
  CHECK(d.train.size() == 2);
  CHECK(d.test.size() == 1);
  CHECK(d.place(d.test[0]).ends_with("y.jsonl:1"));
  CHECK(data::open_texts(train, {}, {.all_is_test = true}).test.size() == 2);
}
