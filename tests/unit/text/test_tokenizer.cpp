// Specials, pairs, truncation, padding, words, threads, decoding.
#include <sys/mman.h>

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "small_bert.hpp"

using namespace tuneit;
using namespace tuneit::text;
using namespace tuneit::text::tests;

namespace {

using Ids = std::vector<std::int32_t>;
std::string tokens(const Tokenizer& t, const Encoding& e) {
  std::string out;
  for (const std::int32_t id : e.ids) out += (out.empty() ? "" : " ") + t.token_of(id).value();
  return out;
}
EncodeOptions cut(std::size_t most, TruncationStrategy strategy = TruncationStrategy::LongestFirst,
                  Direction direction = Direction::Right) {
  EncodeOptions how;
  how.truncation = Truncation{};
  how.truncation->max_length = most;
  how.truncation->strategy = strategy;
  how.truncation->direction = direction;
  return how;
}

}  // namespace

TEST_CASE("a text and a pair", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  const Encoding one = t.encode("foo unaffable");
  CHECK(tokens(t, one) == "[CLS] foo un ##aff ##able [SEP]");
  CHECK(one.word_ids == Ids{-1, 0, 1, 1, 1, -1});
  CHECK(one.sequence_ids == Ids{-1, 0, 0, 0, 0, -1});
  CHECK(one.special_tokens_mask == std::vector<std::uint8_t>{1, 0, 0, 0, 0, 1});
  CHECK(one.attention_mask == std::vector<std::uint8_t>(6, 1));
  CHECK(one.byte_offsets[3] == ByteSpan{6, 9});
  const Encoding two = t.encode_pair("a b", "c");
  CHECK(tokens(t, two) == "[CLS] a b [SEP] c [SEP]");
  CHECK(two.type_ids == Ids{0, 0, 0, 0, 1, 1});
  CHECK(two.sequence_ids == Ids{-1, 0, 0, -1, 1, -1});
  CHECK(two.byte_offsets[4] == ByteSpan{0, 1});
  CHECK(tokens(t, t.encode("")) == "[CLS] [SEP]");
  CHECK_THROWS_WITH(t.encode("ab\xff"), Catch::Contains("not UTF-8: byte 2"));
}

TEST_CASE("a text of more than 1 GiB is refused before it is read", "[text][tokenizer][hostile]") {
  const std::size_t size = kMostTextBytes + 1;
  void* const place = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(place != MAP_FAILED);
  CHECK_THROWS_WITH(small_bert().encode(std::string_view(static_cast<const char*>(place), size)),
                    Catch::Contains("more than 1 GiB"));
  munmap(place, size);
}

TEST_CASE("truncation", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  using S = TruncationStrategy;
  CHECK(tokens(t, t.encode("a b c d", cut(4))) == "[CLS] a b [SEP]");
  CHECK(tokens(t, t.encode("a b c d", cut(4, S::LongestFirst, Direction::Left))) == "[CLS] c d [SEP]");
  CHECK(tokens(t, t.encode("a b c d", cut(2))) == "[CLS] [SEP]");
  CHECK_THROWS_WITH(t.encode("a b", cut(1)), Catch::Contains("max_length is 1, less than the 2 special tokens"));
  CHECK(tokens(t, t.encode_pair("a b c d", "x", cut(6))) == "[CLS] a b [SEP] x [SEP]");
  CHECK(tokens(t, t.encode_pair("a b c d", "a b c d", cut(8))) ==
        "[CLS] a b [SEP] a b c [SEP]");  // the odd one is the second's
  CHECK(tokens(t, t.encode_pair("a b c d", "a b c", cut(8))) == "[CLS] a b c [SEP] a b [SEP]");
  CHECK(tokens(t, t.encode_pair("a b", "a b c d", cut(7, S::OnlySecond))) == "[CLS] a b [SEP] a b [SEP]");
  CHECK_THROWS_WITH(t.encode_pair("a b c d", "x", cut(7, S::OnlySecond)), Catch::Contains("nothing would be left"));
  CHECK_THROWS_WITH(t.encode("a b c d", cut(4, S::OnlySecond)), Catch::Contains("there is one text"));

  EncodeOptions head = cut(5);
  head.truncation->head = 1;
  CHECK(tokens(t, t.encode("a b c d foo bar", head)) == "[CLS] a foo bar [SEP]");
  CHECK(t.encode("a b c d foo bar", head).word_ids == Ids{-1, 0, 4, 5, -1});
  CHECK(tokens(t, t.encode("a b c", head)) == "[CLS] a b c [SEP]");
  CHECK_THROWS_AS(t.encode_pair("a", "b", head), Error);
}

TEST_CASE("overflow", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  EncodeOptions how = cut(5);
  how.truncation->overflow = true;
  how.truncation->stride = 1;
  const Encoding e = t.encode("a b c d foo bar", how);
  CHECK(tokens(t, e) == "[CLS] a b c [SEP]");
  REQUIRE(e.overflowing.size() == 2);
  CHECK(tokens(t, e.overflowing[0]) == "[CLS] c d foo [SEP]");
  CHECK(tokens(t, e.overflowing[1]) == "[CLS] foo bar [SEP]");
  how.truncation->stride = 3;
  CHECK_THROWS_WITH(t.encode("a b c d", how), Catch::Contains("never comes to the end"));
  how = cut(7, TruncationStrategy::OnlySecond);
  how.truncation->overflow = true;
  const Encoding pair = t.encode_pair("a", "a b c d foo bar x", how);
  REQUIRE(pair.overflowing.size() == 2);
  CHECK(tokens(t, pair.overflowing[1]) == "[CLS] a [SEP] x [SEP]");
  CHECK(pair.overflowing[1].type_ids == Ids{0, 0, 0, 1, 1});
  how.truncation->strategy = TruncationStrategy::LongestFirst;
  CHECK_THROWS_WITH(t.encode_pair("a b c d", "a b c d foo", how), Catch::Contains("overflow of a pair"));
}

TEST_CASE("padding", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  EncodeOptions how;
  how.padding = Padding{};
  how.padding->multiple_of = 4;
  const std::vector<std::string> texts{"a", "a b c"};
  const std::vector<Encoding> batch = t.encode_batch(texts, how);
  CHECK(tokens(t, batch[0]) == "[CLS] a [SEP] [PAD] [PAD] [PAD] [PAD] [PAD]");
  CHECK(batch[0].attention_mask == std::vector<std::uint8_t>{1, 1, 1, 0, 0, 0, 0, 0});
  CHECK(batch[0].special_tokens_mask == std::vector<std::uint8_t>{1, 0, 1, 1, 1, 1, 1, 1});
  CHECK(batch[0].sequence_ids == Ids{-1, 0, -1, -1, -1, -1, -1, -1});
  how.padding->multiple_of = 0;
  how.padding->length = 4;
  how.padding->direction = Direction::Left;
  CHECK(tokens(t, t.encode("a", how)) == "[PAD] [CLS] a [SEP]");
  CHECK(t.encode("a b c d", how).size() == 6);
}

TEST_CASE("words that are cut already", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  const Encoding e = t.encode_words(std::vector<std::string>{"un-affable", "\xe2\x80\x8b", "foo"});
  CHECK(tokens(t, e) == "[CLS] un [UNK] [UNK] foo [SEP]");
  CHECK(e.word_ids == Ids{-1, 0, 0, 0, 2, -1});  // the second has no token
  CHECK(e.byte_offsets[4] == ByteSpan{0, 3});
}

TEST_CASE("as many threads as one likes", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int k = 0; k < i % 17; ++k)
      text += small_tokens()[static_cast<std::size_t>(i * 7 + k * 3) % 36] + (k % 3 == 0 ? "" : " ");
    texts.push_back(text);
  }
  const std::vector<Encoding> one = t.encode_batch(texts, {}, 1);
  for (std::size_t i = 0; i < texts.size(); ++i) REQUIRE(one[i] == t.encode(texts[i]));
  CHECK(t.encode_batch(texts, {}, 4) == one);
  CHECK(t.encode_batch(texts, {}, 0) == one);
  texts[250] = "\xff";
  texts[7] = "abc\xff";
  CHECK_THROWS_WITH(t.encode_batch(texts, {}, 3), Catch::Contains("byte 3"));  // the first fault
}

TEST_CASE("decoding", "[text][tokenizer]") {
  const Tokenizer t = small_bert();
  CHECK(t.decode(t.encode("the foo, unaffable!").ids) == "the foo, unaffable!");
  CHECK(t.decode(t.encode("foo").ids, false) == "[CLS] foo [SEP]");
  CHECK(t.decode(Ids{20, 999, -4, 21}) == "foo bar");
  std::vector<std::string> some{"do", "not", "##x", "n't", "'s", "."};
  WordPieceDecoder{}(some);
  CHECK(some == std::vector<std::string>{"do", " not", "x", "n't", "'s", "."});
}
