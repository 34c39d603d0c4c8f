// Texts that were read become tokens with classes, numbers or tags.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../refusal.hpp"
#include "tuneit/data/text/encode_questions.hpp"
#include "tuneit/data/text/encode_texts.hpp"
#include "tuneit/io/text/read.hpp"
#include "tuneit/text/tokenizer/bert_files.hpp"

using namespace tuneit;

namespace {

text::Tokenizer small_tokenizer() {
  const std::string vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nfilm\nplay\n##ing\nin\nparis\n.\n";
  const text::BertConfig config;
  return text::Tokenizer(text::bert_pipeline(
      text::WordPiece(text::parse_vocab_txt(vocab, "vocab.txt"), config.unk, "##", 100, "vocab.txt"), config,
      "vocab.txt"));
}
io::Texts read(const std::string& bytes, io::TextFormat format, const io::TextOptions& options = {}) {
  io::Texts texts;
  io::parse_texts(bytes, "a.file", format, options, texts);
  return texts;
}
using Ids = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("a table of texts becomes tokens and classes in the order in which they come") {
  const text::Tokenizer tokenizer = small_tokenizer();
  std::vector<std::string> classes;
  const auto train = data::encode_texts(
      read("text,label\nGood film.,pos\nbad,neg\ngood playing in Paris good film,pos\n", io::TextFormat::Csv),
      tokenizer, classes, {.most = 6});
  CHECK(classes == std::vector<std::string>{"pos", "neg"});
  REQUIRE(train.set.size() == 3);
  CHECK(std::ranges::equal(train.set.ids(0), Ids{2, 5, 7, 12, 3}));
  CHECK(train.set.label(1) == 1);
  CHECK(std::ranges::equal(train.set.ids(2), Ids{2, 5, 8, 9, 10, 3}));  // cut
  CHECK(train.cut == 1);
  CHECK(std::ranges::equal(train.set.specials(0), std::vector<std::uint8_t>{1, 0, 0, 0, 1}));
  CHECK_REFUSED(data::encode_texts(read("text,label\ngood,new\n", io::TextFormat::Csv), tokenizer, classes,
                                   {.new_classes = false}),
                ErrorKind::Data, "new', which the training part does not have");
  CHECK_REFUSED(data::encode_texts(io::Texts{}, tokenizer, classes), ErrorKind::Data, "no texts");
}

TEST_CASE("pairs have types, and numbers stay numbers") {
  const text::Tokenizer tokenizer = small_tokenizer();
  std::vector<std::string> classes;
  const auto pairs =
      data::encode_texts(read("text_a,text_b,label\ngood,bad film,x\n", io::TextFormat::Csv), tokenizer, classes);
  CHECK(std::ranges::equal(pairs.set.ids(0), Ids{2, 5, 3, 6, 7, 3}));
  CHECK(std::ranges::equal(pairs.set.type_ids(0), std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1}));
  io::TextOptions options;
  options.targets = {"stars"};
  const auto values =
      data::encode_texts(read("text,stars\ngood,4.5\nbad,1\n", io::TextFormat::Csv, options), tokenizer, classes);
  REQUIRE(values.set.targets() == data::TextTargets::Values);
  CHECK(values.set.values(0)[0] == 4.5F);
}

TEST_CASE("tags of words are those of their first pieces, or of all") {
  const text::Tokenizer tokenizer = small_tokenizer();
  const io::Texts texts = read("playing O\nin O\nParis B-LOC\n. O\n\nplaying B-LOC\nin I-LOC\n", io::TextFormat::Conll);
  std::vector<std::string> tags;
  const auto first = data::encode_texts(texts, tokenizer, tags);
  CHECK(tags == std::vector<std::string>{"O", "B-LOC", "I-LOC"});
  CHECK(std::ranges::equal(first.set.token_labels(0), Ids{-100, 0, -100, 0, 1, 0, -100}));
  CHECK(first.words[0] == Ids{-1, 0, 0, 1, 2, 3, -1});
  const auto all = data::encode_texts(texts, tokenizer, tags, {.pieces = data::LabelledPieces::All});
  CHECK(std::ranges::equal(all.set.token_labels(1), Ids{-100, 1, 2, 2, -100}));
}

TEST_CASE("words without tags are to be predicted: no token has a label, and words are known") {
  const text::Tokenizer tokenizer = small_tokenizer();
  io::TextOptions options;
  options.labels = false;
  std::vector<std::string> tags{"O", "B-LOC"};
  const auto asked =
      data::encode_texts(read("playing\nin\nParis\n", io::TextFormat::Conll, options), tokenizer, tags, {.most = 16});
  REQUIRE(asked.set.targets() == data::TextTargets::Tokens);
  CHECK(std::ranges::equal(asked.set.ids(0), Ids{2, 8, 9, 10, 11, 3}));
  CHECK(std::ranges::equal(asked.set.token_labels(0), Ids(6, -100)));
  CHECK(asked.words[0] == Ids{-1, 0, 0, 1, 2, -1});
  REQUIRE(asked.set.notes() != nullptr);
  CHECK(asked.set.notes()->classes == tags);
}

TEST_CASE("a question becomes windows of its passage; each knows where its tokens stand, and one has the answer") {
  const text::Tokenizer tokenizer = small_tokenizer();
  const std::string file = R"({"data":[{"paragraphs":[{"context":"good film bad film in paris .","qas":[
    {"id":"a","question":"film ?","answers":[{"text":"paris","answer_start":22},{"text":"in paris","answer_start":19}]},
    {"id":"b","question":"play","answers":[],"is_impossible":true}]}]}]})";
  const io::Texts texts = read(file, io::TextFormat::Squad);
  const auto got = data::encode_questions(texts, tokenizer, {.most = 9, .stride = 2});
  // [CLS] film [UNK] [SEP] 4 tokens [SEP], each window 2 behind the one before
  REQUIRE(got.set.targets() == data::TextTargets::Span);
  CHECK(std::ranges::equal(got.set.ids(0), Ids{2, 7, 1, 3, 5, 7, 6, 7, 3}));
  CHECK(std::ranges::equal(got.set.ids(1), Ids{2, 7, 1, 3, 6, 7, 10, 11, 3}));
  CHECK(got.set.label(0) == 0);  // not wholly inside
  CHECK(got.set.label(1) == 7);
  CHECK(got.set.answer_end(1) == 7);
  REQUIRE(got.set.notes() != nullptr);
  const data::TextNotes& notes = *got.set.notes();
  REQUIRE(notes.questions.size() == 2);
  CHECK(notes.questions[0].accepted == std::vector<std::string>{"paris", "in paris"});
  CHECK(notes.some_unanswered());
  REQUIRE(notes.windows.size() == got.set.size());
  CHECK(notes.windows[1].question == 0);
  CHECK(notes.windows.back().question == 1);
  CHECK_FALSE(notes.windows[1].tokens[1].in_passage);
  const report::TokenBytes paris = notes.windows[1].tokens[7];
  CHECK(paris.in_passage);
  CHECK(notes.questions[0].passage->substr(paris.begin, paris.end - paris.begin) == "paris");
  CHECK(got.set.label(got.set.size() - 1) == 0);
  CHECK(got.lost == 0);
  CHECK_REFUSED(data::encode_questions(read("text,label\ngood,a\n", io::TextFormat::Csv), tokenizer), ErrorKind::Data,
                "no question with a passage");
}
