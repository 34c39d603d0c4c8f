// Do pre-tokenisers cut where tokenizers cuts?
#include <string>
#include <vector>

#include <tuneit/text/words/class_words.hpp>
#include <tuneit/text/words/split_words.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::text;

namespace {

template <class Splitter>
std::string cut(const Splitter& splitter, std::string_view text) {
  Words words;
  words.assign(text, 0);
  splitter(words);
  std::string out;
  for (const Word& w : words.words) out.append(out.empty() ? "" : "|").append(words.text_of(w));
  return out;
}

}  // namespace

TEST_CASE("classes", "[text][words]") {
  CHECK(cut(BertWords{},
            " Hey, you!!\xe3\x80\x80\xc2\xbf"
            "a_b ") == "Hey|,|you|!|!|\xc2\xbf|a|_|b");
  CHECK(cut(WhitespaceSplitWords{}, "  a,b \n c") == "a,b|c");
  CHECK(cut(WhitespaceWords{}, "a_1, b!? \xe6\x9d\xb1") == "a_1|,|b|!?|\xe6\x9d\xb1");
  CHECK(cut(PunctuationWords{}, "a--b.") == "a|-|-|b|.");
  CHECK(cut(PunctuationWords{SplitBehavior::Contiguous}, "a--b.") == "a|--|b|.");
  CHECK(cut(DigitsWords{}, "a12b") == "a|12|b");
  CHECK(cut(DigitsWords{true}, "a12b\xc2\xbd") == "a|1|2|b|\xc2\xbd");
  CHECK(cut(BertWords{}, " \t ").empty());
}

TEST_CASE("what becomes of what separates", "[text][words]") {
  const auto at = [](SplitBehavior behavior) {
    return cut(SplitWords{"-", nullptr, behavior, false}, "the-final--countdown");
  };
  CHECK(at(SplitBehavior::Removed) == "the|final|countdown");
  CHECK(at(SplitBehavior::Isolated) == "the|-|final|-|-|countdown");
  CHECK(at(SplitBehavior::MergedWithPrevious) == "the-|final-|-|countdown");
  CHECK(at(SplitBehavior::MergedWithNext) == "the|-final|-|-countdown");
  CHECK(at(SplitBehavior::Contiguous) == "the|-|final|--|countdown");
  CHECK(cut(SplitWords{"", scan_white_space, SplitBehavior::Removed, true}, "ab  c") == "  ");
}

TEST_CASE("a word knows where it began, also where something was deleted", "[text][words]") {
  Words words;
  words.assign("  ab cd", 3);
  words.text.filter([](char32_t c) { return c != U' '; });
  words.whole();
  REQUIRE(words.words.size() == 1);
  CHECK(words.words[0].origin == 3);
  SplitWords{"c", nullptr, SplitBehavior::Isolated, false}(words);
  REQUIRE(words.words.size() == 3);
  CHECK(words.words[0].origin == 5);
  CHECK(words.words[1].origin == 8);
  words.rebuild([](NormalText& word, const Word&) { word.prepend("_"); });
  CHECK(words.text.text() == "_ab_c_d");
  CHECK(words.words[2] == Word{5, 7, 9});
  CHECK(words.text.original_of(3, 5) == ByteSpan{8, 9});
}
