// Unigram, Metaspace, charsmaps and .model files.
#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "refused_data.hpp"
#include "small_sentencepiece.hpp"
#include "tuneit/text/normal/precompiled.hpp"
#include "tuneit/text/normal/sentencepiece_normalizer.hpp"
#include "tuneit/text/pieces/unigram.hpp"
#include "tuneit/text/tokenizer/sentencepiece.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"
#include "tuneit/text/unicode/graphemes.hpp"
#include "tuneit/text/words/metaspace.hpp"

using namespace tuneit;
using namespace tuneit::text;
using namespace tuneit::text::tests;
using Catch::Contains;
using Strings = std::vector<std::string>;

namespace {

Unigram unigram(std::vector<std::pair<std::string, double>> entries, bool bytes = false,
                std::optional<std::int32_t> unk = 0) {
  Strings tokens;
  std::vector<double> scores;
  for (auto& [token, score] : entries) {
    tokens.push_back(std::move(token));
    scores.push_back(score);
  }
  return Unigram(Vocabulary(std::move(tokens)), std::move(scores), unk, bytes);
}
template <class Model>
Strings tokens(const Model& model, std::string_view word) {
  typename Model::Scratch scratch;
  std::vector<Piece> pieces, again;
  model.tokenize(word, scratch, pieces);
  model.tokenize(word, scratch, again);
  CHECK(pieces == again);
  Strings out;
  for (const Piece& p : pieces)
    out.push_back(std::string(*model.token_of(p.id)) + "@" + std::to_string(p.begin) + "-" + std::to_string(p.end));
  return out;
}
Strings words_of(const Metaspace& metaspace, std::string_view text, std::uint32_t begin = 0) {
  Words words;
  words.assign(text, begin);
  metaspace(words);
  Strings out;
  for (const Word& w : words.words) out.emplace_back(words.text_of(w));
  return out;
}
std::string normal(const PrecompiledNormalizer& normalizer, std::string_view text) {
  NormalText made(text);
  normalizer(made);
  REQUIRE(made.spans().size() == made.text().size());
  return std::string(made.text());
}

}  // namespace

TEST_CASE("the likeliest tokens, of equal sums those that begin first") {
  const Unigram model =
      unigram({{"<unk>", 0}, {"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}, {"cd", 1}, {"ab", 2}, {"abc", 5}, {"abcd", 10}});
  CHECK(tokens(model, "abcdacdxx") == Strings{"abcd@0-4", "a@4-5", "cd@5-7", "<unk>@7-9"});
  CHECK(tokens(unigram({{"<unk>", 0}, {"a", -1}, {"b", -1}, {"ab", -2}}), "ab") == Strings{"ab@0-2"});
  CHECK(tokens(unigram({{"<unk>", 0}, {"a", -1}, {"b", -1}, {"ab", -2.5}}), "ab") == Strings{"a@0-1", "b@1-2"});
}

TEST_CASE("unknown characters are one token, or their bytes") {
  std::vector<std::pair<std::string, double>> entries{{"<unk>", 0}, {"a", -1}};
  CHECK(tokens(unigram(entries), "\u00e9xa\u00e9") == Strings{"<unk>@0-3", "a@3-4", "<unk>@4-6"});
  for (unsigned byte = 0; byte < 256; ++byte) entries.emplace_back(byte_token(byte), -9);
  CHECK(tokens(unigram(entries, true), "\u00e9a") == Strings{"<0xC3>@0-2", "<0xA9>@0-2", "a@2-3"});
  CHECK_THAT(refusal([] { return tokens(unigram({{"a", -1}}, false, std::nullopt), "x"); }), Contains("lacks 'x'"));
  CHECK_THAT(refusal([] { return unigram({{"a", -1}}, false, 1).size(); }), Contains("unk_id is 1"));
  CHECK_THAT(refusal([] {
               return unigram({{"a", std::numeric_limits<double>::infinity()}}).size();
             }),
             Contains("not finite"));
}

TEST_CASE("Metaspace: a mark in front, as its scheme says, and words that begin with one") {
  CHECK(words_of({}, "Hey  you") == Strings{"\u2581Hey", "\u2581", "\u2581you"});
  CHECK(words_of({}, " a") == Strings{"\u2581a"});
  CHECK(words_of({U'\u2581', PrependScheme::Never, true}, "a b") == Strings{"a", "\u2581b"});
  CHECK(words_of({U'\u2581', PrependScheme::First, true}, "a b") == Strings{"\u2581a", "\u2581b"});
  CHECK(words_of({U'\u2581', PrependScheme::First, true}, "a b", 3) == Strings{"a", "\u2581b"});
  CHECK(words_of({U'\u2581', PrependScheme::Always, false}, "a b") == Strings{"\u2581a\u2581b"});
}

TEST_CASE("clusters of graphemes: Hangul, marks, joined pictures, Indic conjuncts, control characters") {
  for (const std::string_view one : {"\u1112\u1161\u11ab", "\uac00\u11a8", "e\u0301\u0327", "\r\n",
                                     "\u00a9\u200d\u00ae", "\u0915\u094d\u0937", "\u0600a", "\u0e01\u0e33"})
    CHECK(GraphemeEnds(one).end_of(0) == one.size());
  for (const std::string_view two : {"\uac01\u1161", "a\u1161", "\n\u0301", "\u0915\u0937", "\u00a9\u00ae", "\n\r"})
    CHECK(GraphemeEnds(two).end_of(0) < two.size());
}

TEST_CASE("Precompiled: the shortest rule replaces a small cluster, SentencePiece takes the longest") {
  const std::string map =
      charsmap_of({{"a", "X"}, {"a\u0301", "long"}, {"\u00bd", "1/2"}, {"\u0301", ""}, {"\x01", ""}});
  const PrecompiledNormalizer precompiled(map);
  CHECK(normal(precompiled, "ba\u0301") == "bX");                    // a cluster of 3 bytes: all of it
  CHECK(normal(precompiled, "ba\u0301\u0302\u0301") == "bX\u0302");  // one of 7: each code point
  CHECK(normal(precompiled, "\u00bdb") == "1/2b");
  NormalText text("\u00bdb");
  precompiled(text);
  CHECK(text.original_of(0, 3) == ByteSpan{0, 2});
  CHECK(text.original_of(3, 4) == ByteSpan{2, 3});
  NormalText own("a\u0301b");
  SentencePieceNormalizer{std::make_shared<const Charsmap>(map), nullptr, false, true, true, false}(own);
  CHECK(own.text() == "longb");
  CHECK(own.original_of(0, 4) == ByteSpan{0, 3});
}

TEST_CASE("SentencePiece's spaces") {
  const auto of = [](std::string_view text, bool prefix, bool extra, bool suffix = false) {
    NormalText made(text);
    SentencePieceNormalizer{nullptr, nullptr, prefix, extra, true, suffix}(made);
    return std::string(made.text());
  };
  CHECK(of("  a   b ", true, true) == "\u2581a\u2581b");
  CHECK(of("  a   b ", true, true, true) == "a\u2581b\u2581");
  CHECK(of(" a ", false, false) == "\u2581a\u2581");
  CHECK(of("   ", true, true).empty());
}

TEST_CASE("charsmaps that lead out of themselves are refused") {
  const std::string good = charsmap_of({{"a", "X"}, {"bc", "Y"}});
  CHECK(Charsmap(good).longest("bcd")->replacement == "Y");
  CHECK_FALSE(Charsmap(good).longest("b"));
  for (const std::string& bad : {std::string(), good.substr(0, 3), good.substr(0, 400), std::string("\0\0\0\0abc", 7),
                                 little_endian(3) + "abcd", good + "\xff"})
    CHECK_THAT(refusal([&] { return Charsmap(bad).longest("a").has_value(); }), Contains("the charsmap"));
  // a rule whose replacement begins behind the end
  std::string out = good;
  for (std::size_t unit = 4; unit + 4 <= out.size() - 4; unit += 4)
    if ((static_cast<unsigned char>(out[unit + 3]) & 0x80U) != 0) out[unit + 1] = '\x7f';
  CHECK_THAT(refusal([&] { return Charsmap(out).longest("a").has_value(); }), Contains("leads out of itself"));
}

TEST_CASE("a charsmap that leads in circles is followed for 1,024 bytes") {
  std::vector<std::uint32_t> units(0x162);
  units[0] = 0x100U << 10U;                    // to 0x100 ^ 'a'
  units[0x161] = 0x61U << 10U | 0x100U | 'a';  // to 0x100, where its value is, and by 'a' back to itself
  units[0x100] = 0x80000000U;
  std::string bytes = little_endian(static_cast<std::uint32_t>(4 * units.size()));
  for (const std::uint32_t unit : units) bytes += little_endian(unit);
  const Charsmap map(bytes + std::string("b\0", 2));
  CHECK(map.shortest("aaaa")->bytes == 1);
  CHECK(map.longest("aaaa")->bytes == 4);
  CHECK(map.longest(std::string(5000, 'a'))->bytes == 1024);
}

TEST_CASE("a .model file as SentencePiece runs it") {
  const std::vector<std::pair<std::string, float>> pieces{{"\u2581", -2},  {"a", -3},     {"b", -3},
                                                          {"\u2581a", -1}, {"ab", -2.5F}, {"\u2581ab", -5}};
  const std::string more = piece_field("<user>", 0, 4);
  const Tokenizer unigram_one(sentencepiece_pipeline(model_of(1, pieces, "", more), "m.model"));
  const Encoding e = unigram_one.encode(" ab  a\u2603\u2603<user>");
  CHECK(e.ids == std::vector<std::int32_t>{6, 5, 6, 0, 9});
  CHECK(e.byte_offsets[0] == ByteSpan{1, 2});
  CHECK(e.byte_offsets[3] == ByteSpan{6, 12});
  CHECK(unigram_one.decode(std::vector<std::int32_t>{6, 5, 6}) == "ab a");
  const Tokenizer bpe_one(sentencepiece_pipeline(model_of(2, pieces, "", more), "m.model"));
  CHECK(bpe_one.encode("ab a").ids == std::vector<std::int32_t>{8, 6});  // \u2581a is joined first
  // an unused piece is joined, and falls apart again
  const std::string unused = piece_field("ba", -0.5F, 5) + piece_field("baa", -0.4F);
  const Tokenizer apart(sentencepiece_pipeline(model_of(2, pieces, "", unused), "m.model"));
  CHECK(apart.encode("bab").ids == std::vector<std::int32_t>{3, 5, 4, 5});
  CHECK(apart.encode("baa").ids == std::vector<std::int32_t>{3, 10});
}

TEST_CASE(".model files that are damaged, or of another kind, are refused") {
  const std::string good = model_of(1, {{"a", -1}});
  CHECK(parse_sentencepiece_model(good, "m").pieces.size() == 4);
  std::size_t accepted = 0;
  for (std::size_t n = 0; n < good.size(); ++n)  // cut off within a field
    try {
      accepted += parse_sentencepiece_model(std::string_view(good).substr(0, n), "m").pieces.size() > 0 ? 1U : 0U;
    } catch (const Error&) {
    }
  CHECK(accepted < 8);  // only between two fields
  for (const auto& [bytes, words] : std::vector<std::pair<std::string, std::string>>{
           {piece_field("a", -1), "has no unknown piece"},
           {good + piece_field("a", -2), "has the piece 'a' twice"},
           {good + piece_field("<unk2>", 0, 2), "is a second unknown one"},
           {good + piece_field("", 0), "has no text"},
           {good + piece_field("\xff", 0), "is not UTF-8"},
           {good + piece_field("z", 0, 9), "is of the unknown type 9"},
           {good + piece_field("z", std::numeric_limits<float>::quiet_NaN()), "not finite"},
           {model_of(3, {}), "is of the type 'word'"},
           {good + bytes_field(2, number_field(35, 1)), "has 0 pieces of bytes, not 256"},
           {good + "\x0b", "wire type 3"},
           {good + std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11), "more than 64 bits"},
           {good + "\x0a\x7f", "has a field of 127 bytes, but ends before"}})
    CHECK_THAT(refusal([&] { return parse_sentencepiece_model(bytes, "m").pieces.size(); }), Contains(words));
}
