// Byte-level BPE: the words of its regular expressions, merges, and what else the files of such models say.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "refused_data.hpp"
#include "tuneit/text/files/merges.hpp"
#include "tuneit/text/files/vocab_json.hpp"
#include "tuneit/text/pieces/bpe.hpp"
#include "tuneit/text/tokenizer/byte_level_files.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"
#include "tuneit/text/words/byte_level.hpp"
#include "tuneit/text/words/gpt2.hpp"

using namespace tuneit;
using namespace tuneit::text;
using Catch::Contains;
using tuneit::text::tests::refusal;
using Strings = std::vector<std::string>;

namespace {

template <class Pattern>
Strings words_of(std::string_view text) {
  Strings out;
  std::vector<Match> matches;
  scan_all<Pattern>(text, matches);
  for (const Match& m : matches) out.emplace_back(text.substr(m.begin, m.end - m.begin));
  return out;
}
Strings tokens(const Bpe& model, std::string_view word) {
  Bpe::Scratch scratch;
  Strings first, again;
  for (Strings* out : {&first, &again}) {  // the second time out of the cache
    std::vector<Piece> pieces;
    model.tokenize(word, scratch, pieces);
    for (const Piece& p : pieces)
      out->push_back(std::string(*model.token_of(p.id)) + "@" + std::to_string(p.begin) + "-" + std::to_string(p.end));
  }
  CHECK(first == again);
  return first;
}
Bpe bpe(Strings vocabulary, Bpe::Merges merges, BpeOptions options = {}) {
  return Bpe(Vocabulary(std::move(vocabulary)), merges, std::move(options));
}

}  // namespace

TEST_CASE("GPT-2's words: lower-case contractions, and the last space goes with what follows") {
  CHECK(words_of<Gpt2Pattern>("I'll don't") == Strings{"I", "'ll", " don", "'t"});
  CHECK(words_of<Gpt2Pattern>("I'LL don\u2019t") == Strings{"I", "'", "LL", " don", "\u2019", "t"});
  CHECK(words_of<Gpt2Pattern>("a \n\n b") == Strings{"a", " \n\n", " b"});
  CHECK(words_of<Gpt2Pattern>("\t\tx") == Strings{"\t", "\t", "x"});
  CHECK(words_of<Gpt2Pattern>("x  ") == Strings{"x", "  "});
  CHECK(words_of<Gpt2Pattern>("ab12!? \u00e9\u0662") == Strings{"ab", "12", "!?", " \u00e9", "\u0662"});
  CHECK(words_of<Gpt2Pattern>("e\u0301") == Strings{"e", "\u0301"});  // a mark is no letter
}

TEST_CASE("words of cl100k: three digits, either case, line ends stay with punctuation") {
  CHECK(words_of<Cl100kPattern<3>>("I'LL say'S 12345") == Strings{"I", "'LL", " say", "'S", " ", "123", "45"});
  CHECK(words_of<Cl100kPattern<3>>("a'\u017fx") == Strings{"a", "'\u017f", "x"});
  CHECK(words_of<Cl100kPattern<1>>("12") == Strings{"1", "2"});
  CHECK(words_of<Cl100kPattern<3>>("x.\n\n  y\n \n z") == Strings{"x", ".\n\n", " ", " y", "\n \n", " z"});
  CHECK(words_of<Cl100kPattern<3>>("(a\tb") == Strings{"(a", "\tb"});
  CHECK(scanner_of_words(R"(\s+|\w+)") == nullptr);
}

TEST_CASE("bytes are characters, each with the place of its code point") {
  Words words;
  words.assign("h\u00e9 x", 10);
  ByteLevel{true, true}(words);
  REQUIRE(words.words.size() == 2);
  CHECK(words.text_of(words.words[0]) == "\u0120h\u00c3\u00a9");
  CHECK(words.text_of(words.words[1]) == "\u0120x");
  CHECK(words.text.original_of(0, 2) == ByteSpan{10, 11});  // the space stands for what it is in front of
  CHECK(words.text.original_of(3, 5) == ByteSpan{11, 13});
  CHECK(words.text.original_of(5, 7) == ByteSpan{11, 13});
  CHECK(from_byte_alphabet(to_byte_alphabet("\xff \n\xad")) == "\xff \n\xad");
  CHECK(from_byte_alphabet("\u2581") == std::nullopt);
}

TEST_CASE("the merge of the least rank goes first, the leftmost of equal ones") {
  const Strings vocabulary{"a", "b", "c", "ab", "bc", "abc", "aa", "aaa"};
  CHECK(tokens(bpe(vocabulary, {{"b", "c"}, {"a", "b"}, {"a", "bc"}}), "abc") == Strings{"abc@0-3"});
  CHECK(tokens(bpe(vocabulary, {{"a", "b"}, {"b", "c"}, {"a", "bc"}}), "abc") == Strings{"ab@0-2", "c@2-3"});
  CHECK(tokens(bpe(vocabulary, {{"a", "a"}, {"aa", "a"}}), "aaaaa") == Strings{"aa@0-2", "aaa@2-5"});
  // the second merge of a pair is the one that counts
  CHECK(tokens(bpe(vocabulary, {{"a", "b"}, {"b", "c"}, {"a", "b"}}), "abc") == Strings{"a@0-1", "bc@1-3"});
}

TEST_CASE("both ways of merging give the same, for every word of three letters up to length 7 and for a long one") {
  const Strings vocabulary{"a", "b", "c", "ab", "bc", "abc", "ca", "aa", "aaa", "aab", "cab"};
  MergeTable table;
  const Vocabulary ids{Strings(vocabulary)};
  const Bpe::Merges merges{{"a", "b"},  {"c", "a"},  {"a", "a"},  {"b", "c"},  {"aa", "a"}, {"ca", "b"},
                           {"ab", "c"}, {"a", "bc"}, {"a", "ab"}, {"c", "ab"}, {"aa", "b"}};
  for (std::size_t i = 0; i < merges.size(); ++i)
    table.add(*ids.id_of(merges[i].first), *ids.id_of(merges[i].second),
              {static_cast<std::uint32_t>(i), *ids.id_of(merges[i].first + merges[i].second)});
  std::size_t different = 0, words = 0;
  const auto check = [&](const std::string& word) {
    WordMerger few, many;
    for (const char c : word) few.symbols.push_back({c - 'a', 1});
    many.symbols = few.symbols;
    few.merge_few(table);
    many.merge_many(table);
    ++words;
    bool same = few.symbols.size() == many.symbols.size();
    for (std::size_t i = 0; same && i < few.symbols.size(); ++i)
      same = few.symbols[i].id == many.symbols[i].id && few.symbols[i].bytes == many.symbols[i].bytes;
    different += same ? 0 : 1;
  };
  for (std::size_t n = 1, count = 3; n <= 7; ++n, count *= 3)
    for (std::size_t k = 0; k < count; ++k) {
      std::string word;
      for (std::size_t i = 0, rest = k; i < n; ++i, rest /= 3) word += static_cast<char>('a' + rest % 3);
      check(word);
    }
  std::string longer;
  for (unsigned i = 0, x = 1; i < 3000; ++i, x = x * 1664525U + 1013904223U)
    longer += static_cast<char>('a' + (x >> 24U) % 3);
  check(longer);
  CHECK(words == 3280);
  CHECK(different == 0);
}

TEST_CASE("unknown characters: the unknown token, fused or not, bytes, or nothing") {
  const Strings vocabulary{"<unk>", "a", "b", "ab", "<0xC3>", "<0xA9>"};
  BpeOptions options;
  CHECK(tokens(bpe(vocabulary, {{"a", "b"}}), "axb") ==
        Strings{"ab@0-2"});  // as tokenizers: it vanishes, the rest moves up
  options.unk_token = "<unk>";
  CHECK(tokens(bpe(vocabulary, {{"a", "b"}}, options), "axxb") == Strings{"a@0-1", "<unk>@1-2", "<unk>@2-3", "b@3-4"});
  options.fuse_unk = true;
  CHECK(tokens(bpe(vocabulary, {{"a", "b"}}, options), "axxb") == Strings{"a@0-1", "<unk>@1-3", "b@3-4"});
  options.byte_fallback = true;
  CHECK(tokens(bpe(vocabulary, {}, options), "\u00e9\u00e8") == Strings{"<0xC3>@0-1", "<0xA9>@1-2", "<unk>@2-4"});
  options.unk_token = "<none>";
  CHECK(tokens(bpe(vocabulary, {}, options), "ab") == Strings{"a@0-1", "b@1-2"});
  CHECK_THAT(refusal([&] { return tokens(bpe(vocabulary, {}, options), "x"); }),
             Contains("lacks 'x' and the unknown token '<none>'"));
}

TEST_CASE("prefixes of continued words, suffixes of ends, and words that need no merge") {
  BpeOptions clip;
  clip.end_of_word_suffix = "</w>";
  CHECK(tokens(bpe({"a", "b", "b</w>", "ab</w>"}, {{"a", "b</w>"}}, clip), "ab") == Strings{"ab</w>@0-2"});
  BpeOptions prefix;
  prefix.continuing_subword_prefix = "##";
  CHECK(tokens(bpe({"a", "##b", "ab", "##c"}, {{"a", "##b"}}, prefix), "abc") == Strings{"ab@0-2", "##c@2-3"});
  BpeOptions whole;
  CHECK(tokens(bpe({"a", "b", "ab"}, {}, whole), "ab") == Strings{"a@0-1", "b@1-2"});
  whole.ignore_merges = true;
  CHECK(tokens(bpe({"a", "b", "ab"}, {}, whole), "ab") == Strings{"ab@0-2"});
}

TEST_CASE("a merge that needs what is no token is refused by number") {
  CHECK_THAT(refusal([] {
               return bpe({"a", "b"}, {{"a", "b"}}).size();
             }),
             Contains("merge 1 needs 'ab', which is not in the vocabulary"));
  CHECK_THAT(refusal([] { return bpe({"a", "ab"}, {{"a", "b"}}).size(); }), Contains("merge 1 needs 'b'"));
}

TEST_CASE("merges.txt: what is a line, and what is refused with its number") {
  const auto merges = parse_merges("#version: 0.2\na b\r\n\u0120 t\n#version: x\nc d", "m.txt");
  CHECK(merges == Bpe::Merges{{"a", "b"}, {"\u0120", "t"}, {"c", "d"}});
  CHECK(parse_merges("", "m.txt").empty());
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"a b\nab\n", "m.txt:2: the merge 'ab' has no space"},
           {"a b c\n", "m.txt:1: the merge 'a b c' has more than one space"},
           {"a b\n\nc d", "m.txt:2: the merge '' has no space"},
           {" b\n", "has a part without characters"},
           {"a b\n\xff b\n", "m.txt:2"}})
    CHECK_THAT(refusal([&] { return parse_merges(text, "m.txt"); }), Contains(words));
}

TEST_CASE("vocab.json: an object of whole numbers without gaps") {
  CHECK(*parse_vocab_json("{\"b\": 1, \"a\": 0}", "v").token_of(1) == "b");
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"", "is no JSON object"},
           {"[1]", "is no JSON object"},
           {"{\"a\": 0, \"a\": 1}", "has the token twice, at or behind the token 'a'"},
           {"{\"a\": 0.5}", "has an id that is no whole number"},
           {"{\"a\": {}}", "has an object for an id"},
           {"{\"a\": [[[[", "has an array"},
           {"{\"a\": -1}", "negative"},
           {"{\"a\": 1}", "gap"},
           {"{\"a\": 99999999999999999999}", "no whole number"},
           {"{\"a\": 0", "is not valid JSON at its byte"},
           {"{\"\xff\": 0}", "is not valid JSON at its byte"}})
    CHECK_THAT(refusal([&] { return parse_vocab_json(text, "v"); }), Contains(words));
}

TEST_CASE("vocab.json and merges.txt as GPT-2 and as RoBERTa") {
  const std::string plain = R"({"a":0,"b":1,"ab":2,"\u0120":3,"\u0120ab":4,"<|endoftext|>":5})";
  const Tokenizer gpt2(byte_level_pipeline(plain, "a b\n\u0120 ab\n", std::nullopt, "v"));
  const Encoding e = gpt2.encode("ab ab<|endoftext|>");
  CHECK(e.ids == std::vector<std::int32_t>{2, 4, 5});
  CHECK(e.byte_offsets == std::vector<ByteSpan>{{0, 2}, {2, 5}, {5, 18}});
  CHECK(gpt2.decode(e.ids) == "ab ab");
  const std::string more =
      R"({"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4,"b":5,"ab":6,"\u0120":7,"\u0120ab":8,"<mask>":9})";
  const Tokenizer roberta(byte_level_pipeline(more, "a b\n\u0120 ab\n", std::nullopt, "v"));
  const Encoding pair = roberta.encode_pair("ab ab", "a <mask>");
  CHECK(pair.ids == std::vector<std::int32_t>{0, 6, 8, 2, 2, 4, 9, 2});
  CHECK(pair.type_ids == std::vector<std::int32_t>(8, 0));
  CHECK(pair.byte_offsets[2] == ByteSpan{3, 5});  // without the space
  CHECK(pair.byte_offsets[6] == ByteSpan{2, 8});  // the mask takes the space, and is trimmed likewise
  CHECK_THAT(refusal([&] { return byte_level_pipeline(plain, "", ByteLevelKind::Roberta, "v").added.tokens().size(); }),
             Contains("lacks the special token '<s>'"));
}
