// What the program says of texts: outputs become figures and rows, long passages windows, and a head goes into
// config.json and comes out of it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../text/small_bert.hpp"
#include "tuneit/app/text/judged_texts.hpp"
#include "tuneit/app/text/model_folder.hpp"
#include "tuneit/app/text/questions.hpp"

using namespace tuneit;
using namespace tuneit::app;
namespace fs = std::filesystem;

namespace {

std::map<std::string, double> by_name(const JudgedTexts& judged) {
  std::map<std::string, double> all;
  for (const auto& [name, value] : judged.figures()) all[name] = value;
  return all;
}
io::TextExample labelled(std::string text, io::TextLabel label, std::size_t line) {
  io::TextExample e;
  e.text = std::move(text);
  e.label = std::move(label);
  e.line = line;
  return e;
}
ReadTexts read(std::vector<io::TextExample> examples, data::TextTargets targets) {
  ReadTexts out;
  out.texts.files = {"t.csv"};
  out.texts.examples = std::move(examples);
  out.set = data::TextSet(targets);
  const std::vector<std::int32_t> ids{1};
  for (std::size_t i = 0; i < out.texts.examples.size(); ++i)
    targets == data::TextTargets::Values ? out.set.add_values(ids, std::vector<float>{0, 0}) : out.set.add(ids, 0);
  return out;
}

TextRecipe small_recipe() {
  TextRecipe r;
  r.model = "small";
  r.config = {{"model_type", "\"bert\""}, {"hidden_size", "8"}};
  return r;
}
const TextRecipe recipe = small_recipe();

}  // namespace

TEST_CASE("Classes of texts: probabilities, figures, rows", "[app][text]") {
  const KnownHead head{TextTask::Classes, {"bad", "good"}};
  const ReadTexts texts = read({labelled("a, b", std::string("good"), 2), labelled("c", std::string("bad"), 3),
                                labelled("d", std::string("bad"), 4), labelled("e", {}, 5)},
                               data::TextTargets::Class);
  JudgedTexts judged(texts, head);
  judged.add(1, std::vector<float>{0, 1});  // wrong; in any order
  judged.add(0, std::vector<float>{-1, 1});
  judged.add(2, std::vector<float>{2, 0});
  judged.add(3, std::vector<float>{0, 0});
  judged.finish();
  auto figures = by_name(judged);
  CHECK(figures["accuracy"] == Approx(2.0 / 3));  // the text without a label is no miss
  CHECK(figures["f1_good"] == Approx(2.0 / 3));
  CHECK(judged.by_name()[0].second.recall() == Approx(0.5));
  const std::string rows = judged.predictions();
  CHECK(
      rows.starts_with("place,text,label,predicted,probability_bad,probability_good\n"
                       "t.csv:2,\"a, b\",good,good,0.119203,0.880797\nt.csv:3,c,bad,good,"));
  CHECK(rows.ends_with("t.csv:5,e,,bad,0.5,0.5\n"));
}

TEST_CASE("Several labels, and numbers", "[app][text]") {
  using Numbers = std::vector<double>;
  const ReadTexts texts =
      read({labelled("a", Numbers{1, 0}, 2), labelled("b", Numbers{0, 1}, 3), labelled("c", Numbers{1, 1}, 4)},
           data::TextTargets::Values);
  const KnownHead labels{TextTask::Labels, {"x", "y"}}, values{TextTask::Values, {"x", "y"}};
  JudgedTexts said(texts, labels), predicted(texts, values);
  for (JudgedTexts* const one : {&said, &predicted}) {
    one->add(0, std::vector<float>{2, -3});
    one->add(1, std::vector<float>{-1, 4});
    one->add(2, std::vector<float>{-1, 1});
    one->finish();
  }
  auto figures = by_name(said);
  CHECK(figures["f1_micro"] == Approx(2 * 3.0 / (3 + 4)));
  CHECK(figures["subset_accuracy"] == Approx(2.0 / 3));
  figures = by_name(predicted);
  CHECK(figures["rmse of x"] == Approx(std::sqrt((1 + 1 + 4) / 3.0)));
  CHECK(figures["mean_absolute_error of y"] == Approx((3 + 3 + 0) / 3.0));
  CHECK(predicted.predictions().find("t.csv:2,a,1,0,2,-3\n") != std::string::npos);
}

TEST_CASE("Tags of words are those of their first tokens; what was cut off is outside", "[app][text]") {
  io::TextExample e = labelled("Anna in New York", io::Tags{{"B-PER", "O", "B-LOC", "I-LOC"}}, 1);
  e.words = {"Anna", "in", "New", "York"};
  ReadTexts texts = read({e}, data::TextTargets::Class);
  texts.words = {{-1, 0, 0, 1, 2, -1}};  // York was cut off
  const KnownHead head{TextTask::Tags, {"O", "B-PER", "B-LOC", "I-LOC"}};
  JudgedTexts judged(texts, head);
  std::vector<float> y(6 * 4, 0.0F);
  y[1 * 4 + 1] = y[2 * 4 + 3] = y[3 * 4 + 0] = y[4 * 4 + 2] = 1;
  judged.add(0, y);
  judged.finish();
  auto figures = by_name(judged);
  CHECK(figures["accuracy"] == Approx(3.0 / 4));
  CHECK(figures["f1"] == Approx(0.5));  // Anna is found; New York is not New
  CHECK(judged.predictions() ==
        "place,word,tag,predicted\nt.csv:1,Anna,B-PER,B-PER\nt.csv:1,in,O,O\n"
        "t.csv:1,New,B-LOC,B-LOC\nt.csv:1,York,I-LOC,O\n");
}

TEST_CASE("A long passage becomes windows, of which one holds the answer", "[app][text]") {
  const text::Tokenizer tokenizer = text::tests::small_bert();
  std::string passage;
  for (int i = 0; i < 30; ++i) passage += i == 20 ? "cafe " : "x ";
  io::TextExample e = labelled("x", io::Answers{{{"cafe", passage.find("cafe")}}}, 1);
  e.second = std::make_shared<const std::string>(passage);
  io::Texts texts;
  texts.files = {"q.json"};
  texts.examples = {e};
  ReadTexts asked;
  asked.windows = question_windows(texts, tokenizer, 16, 4);
  asked.texts = texts;
  const QuestionWindows& w = asked.windows;
  REQUIRE(w.set.size() > 2);
  std::size_t holding = 0;
  for (std::size_t i = 0; i < w.set.size(); ++i) {
    CHECK(w.set.ids(i).size() <= 16);
    if (w.set.answer_end(i) == 0) continue;
    ++holding;
    const report::TokenBytes &from = w.tokens[i][static_cast<std::size_t>(w.set.label(i))],
                             &to = w.tokens[i][static_cast<std::size_t>(w.set.answer_end(i))];
    CHECK(passage.substr(from.begin, to.end - from.begin) == "cafe");
  }
  CHECK(holding >= 1);
  CHECK_THROWS_AS(question_windows(texts, tokenizer, 8, 6), Error);  // no room for the passage

  const KnownHead head{TextTask::Spans, {}};
  JudgedTexts judged(asked, head);
  for (std::size_t i = 0; i < w.set.size(); ++i) {
    std::vector<float> y(2 * w.set.ids(i).size(), 0.0F);
    if (w.set.answer_end(i) > 0)
      y[2 * static_cast<std::size_t>(w.set.label(i))] = y[2 * static_cast<std::size_t>(w.set.answer_end(i)) + 1] = 5;
    judged.add(i, y);
  }
  judged.finish();
  auto figures = by_name(judged);
  CHECK(figures["exact_match"] == 1);
  CHECK(judged.predictions().find(",cafe,cafe,") != std::string::npos);
}

TEST_CASE("A head is what config.json says", "[app][text]") {
  const fs::path folder = fs::temp_directory_path() / "tuneit-test-head";
  fs::remove_all(folder);
  fs::create_directories(folder);
  CHECK_FALSE(known_head(folder, recipe));  // there is none
  for (const KnownHead& head : {KnownHead{TextTask::Classes, {"no", "yes", "\xc3\xa9"}, false, 64},
                                KnownHead{TextTask::Labels, {"a", "b"}}, KnownHead{TextTask::Values, {"stars"}},
                                KnownHead{TextTask::Tags, {"O", "B-X"}}, KnownHead{TextTask::Spans, {}, true, 384}}) {
    std::ofstream(folder / "config.json") << config_text(recipe, head);
    const auto read_back = known_head(folder, recipe);
    REQUIRE(read_back);
    CHECK(read_back->task == head.task);
    CHECK(read_back->names == head.names);
    CHECK(read_back->may_have_none == head.may_have_none);
    CHECK(read_back->max_length == head.max_length);
  }
  std::ofstream(folder / "config.json")
      << R"({"model_type": "bert", "hidden_size": 16, "architectures": ["BertModel"]})";
  CHECK_THROWS_AS(known_head(folder, recipe), Error);  // another network
  std::ofstream(folder / "config.json") << R"({"model_type": "bert", "architectures": ["BertModel"]})";
  CHECK_FALSE(known_head(folder, recipe));
  CHECK_THROWS_AS(weights_place(folder.string()), Error);  // no weights in it
  std::ofstream(folder / "model.safetensors") << "";
  CHECK(weights_place(folder.string()).file == folder / "model.safetensors");
  CHECK(weights_place((folder / "model.safetensors").string()).folder == folder);
  fs::remove_all(folder);
}
