// Texts that were read become tokens with classes, numbers or tags.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "../refusal.hpp"
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
