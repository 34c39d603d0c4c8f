// Does a normalised text know where each of its bytes came from?
#include <chrono>
#include <string>
#include <vector>

#include <tuneit/text/normal/bert_normalizer.hpp>
#include <tuneit/text/normal/edits.hpp>
#include <tuneit/text/normal/unicode_forms.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;
using namespace tuneit::text;

namespace {

template <class Normalize>
NormalText by(Normalize normalize, std::string_view text, std::uint32_t begin = 0) {
  NormalText made(text, begin);
  normalize(made);
  return made;
}

}  // namespace

TEST_CASE("replacing, inserting, deleting, slicing", "[text][normal]") {
  NormalText t("h\xc3\xa9y", 10);  // é: bytes 11 to 13
  CHECK(t.original_of(1, 3) == ByteSpan{11, 13});
  const CharChange now[] = {{U'>', 1}, {U'h', 0}, {U'e', 0}, {U'\u0301', 1}, {U'y', 0}};
  t.transform(now);
  CHECK(t.text() == ">he\xcc\x81y");
  CHECK(t.spans()[0] == ByteSpan{10, 10});  // inserted at the very start
  CHECK(t.spans()[2] == ByteSpan{11, 13});
  CHECK(t.spans()[4] == ByteSpan{11, 13});  // inserted behind: like the byte before it
  CHECK(t.original_of(1, 6) == ByteSpan{10, 14});
  const CharChange fewer[] = {{U'H', -1}};  // h and e become H
  t.replace(1, 3, fewer);
  CHECK(t.text() == ">H\xcc\x81y");
  CHECK(t.spans()[1] == ByteSpan{10, 11});
  const NormalText part = t.slice(2, 5);
  CHECK(part.text() == "\xcc\x81y");
  CHECK(part.original() == ByteSpan{11, 14});
  t.filter([](char32_t c) { return c != U'\u0301'; });
  CHECK(t.text() == ">Hy");
  CHECK(t.spans().size() == 3);
  t.prepend("__");
  CHECK(t.text() == "__>Hy");
  CHECK(t.spans()[1] == t.spans()[2]);
  NormalText empty("");
  empty.prepend("_");
  CHECK(empty.text().empty());
  CHECK(empty.original_of(0, 0) == ByteSpan{0, 0});
}

TEST_CASE("normalisation forms and their offsets", "[text][normal]") {
  using Form = UnicodeForm;
  const NormalText nfd = by(UnicodeNormalizer{Form::Nfd}, "x\xc3\xa9\xea\xb0\x81");  // é, 각
  CHECK(nfd.text() == "xe\xcc\x81\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8");
  CHECK(nfd.spans()[3] == ByteSpan{1, 3});
  CHECK(nfd.original_of(4, 13) == ByteSpan{3, 6});
  CHECK(by(UnicodeNormalizer{Form::Nfc}, nfd.text()).text() == "x\xc3\xa9\xea\xb0\x81");
  CHECK(by(UnicodeNormalizer{Form::Nfc}, "e\xcc\xa7\xcc\x81").text() == "\xc8\xa9\xcc\x81");     // ȩ, acute
  CHECK(by(UnicodeNormalizer{Form::Nfd}, "a\xcc\x81\xcc\xa7").text() == "a\xcc\xa7\xcc\x81");    // canonical order
  CHECK(by(UnicodeNormalizer{Form::Nfkc}, "\xef\xac\x81\xe2\x91\xa0").text() == "fi1");          // ﬁ ①
  CHECK(by(UnicodeNormalizer{Form::Nfkd}, "\xef\xbc\xa1").text() == "A");                        // fullwidth
  CHECK(by(UnicodeNormalizer{Form::Nfc}, "\xe0\xa5\x98").text() == "\xe0\xa4\x95\xe0\xa4\xbc");  // excluded
  CHECK(by(UnicodeNormalizer{Form::Nfd}, "a\xf0\x91\xa4\xb8").text() == "a\xf0\x91\xa4\xb8");    // U+11938: later
  CHECK(by(LowercaseNormalizer{}, "\xc4\xb0X").text() == "i\xcc\x87x");
  CHECK(by(StripAccentsNormalizer{}, "e\xcc\x81\xc3\xa9").text() == "e\xc3\xa9");
}

TEST_CASE("a million marks on one letter take no square of time", "[text][normal][hostile]") {
  std::string text = "a";
  for (int i = 0; i < 500'000; ++i) text += i % 2 == 0 ? "\xcc\x81" : "\xcc\xa7";
  const auto start = std::chrono::steady_clock::now();
  const NormalText nfd = by(UnicodeNormalizer{UnicodeForm::Nfd}, text);
  CHECK(nfd.text().substr(0, 3) == "a\xcc\xa7");
  CHECK(by(BertNormalizer{}, text).text() == "a");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("BERT's normaliser", "[text][normal]") {
  CHECK(by(BertNormalizer{}, "Caf\xc3\xa9\tA\x0b\x42").text() == "cafe ab");
  CHECK(by(BertNormalizer{true, true, false, true}, "\xc3\x89").text() == "\xc3\xa9");
  CHECK(by(BertNormalizer{true, true, true, false}, "\xc3\x89").text() == "E");
  CHECK(by(BertNormalizer{true, true, {}, false}, "\xc3\x89").text() == "\xc3\x89");
  CHECK(by(BertNormalizer{false, false, false, false}, std::string_view("a\0\t\xe6\x9d\xb1", 6)).text() ==
        std::string_view("a\0\t\xe6\x9d\xb1", 6));
  const NormalText chinese = by(BertNormalizer{}, "\xe6\x9d\xb1x", 5);
  CHECK(chinese.text() == " \xe6\x9d\xb1 x");
  CHECK(chinese.spans()[0] == ByteSpan{5, 8});
  CHECK(chinese.spans()[4] == ByteSpan{5, 8});
}

TEST_CASE("Replace, Prepend, Strip", "[text][normal]") {
  const NormalText t = by(ReplaceNormalizer::of_expression(" {2,}", "-"), "a   b c  ");
  CHECK(t.text() == "a-b c-");
  CHECK(t.spans()[1] == ByteSpan{3, 4});  // the last of the match
  CHECK(by(ReplaceNormalizer("ab", "xyz"), "ababa").text() == "xyzxyza");
  CHECK(by(ReplaceNormalizer::of_expression("\\s+", ""), "a \xe3\x80\x80\tb").text() == "ab");
  CHECK_THROWS_WITH(ReplaceNormalizer::of_expression("(a+)+$", ""), Catch::Contains("(a+)+$"));
  CHECK(by(PrependNormalizer{"\xe2\x96\x81"}, "x").text() == "\xe2\x96\x81x");
  const NormalText strip = by(StripNormalizer{}, "\xe3\x80\x80 x ");
  CHECK(strip.text() == "x");
  CHECK(strip.spans()[0] == ByteSpan{4, 5});
  CHECK(by(StripNormalizer{false, true}, " x ").text() == " x");
  CHECK(by(StripNormalizer{}, "  ").text().empty());
}
