// Are bytes read as code points, and are the units of offsets converted?
#include <stdexcept>
#include <string>

#include <tuneit/text/unicode/classes.hpp>
#include <tuneit/text/unicode/lower_case.hpp>
#include <tuneit/text/unicode/offsets.hpp>
#include <tuneit/text/unicode/utf8.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;
using namespace tuneit::text;

TEST_CASE("the first byte that is not UTF-8", "[text][utf8]") {
  CHECK(tuneit::io::utf8_prefix("") == 0);
  CHECK(tuneit::io::utf8_prefix("plain text of more than eight bytes") == 35);
  CHECK(tuneit::io::utf8_prefix("h\xc3\xa9, \xe6\x9d\xb1 \xf0\x9f\x91\x8d") == 13);
  CHECK(tuneit::io::utf8_prefix("01234567\x80") == 8);         // a lone continuation
  CHECK(tuneit::io::utf8_prefix("0123456789\xc0\xaf") == 10);  // overlong
  CHECK(tuneit::io::utf8_prefix("ab\xed\xa0\x80") == 2);       // half of a surrogate pair (CESU-8)
  CHECK(tuneit::io::utf8_prefix("ab\xf4\x90\x80\x80") == 2);   // above U+10FFFF
  CHECK(tuneit::io::utf8_prefix("ab\xe6\x9d") == 2);           // cut off
  CHECK_NOTHROW(require_utf8("x", "a text"));
  CHECK_THROWS_WITH(require_utf8("abc\xff", "a text"), Catch::Contains("a text is not UTF-8: byte 3"));
}

TEST_CASE("a code point there and back", "[text][utf8]") {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string text = utf8_of(c);
    std::size_t at = 0;
    if (!(text.size() == bytes_of(c) && bytes_of_lead(text[0]) == text.size() && next_code_point(text, at) == c &&
          at == text.size() && previous_code_point(text, at) == c && at == 0))
      FAIL("U+" << static_cast<std::uint32_t>(c));
  }
  CHECK(code_points_in("a\xc3\xa9\xf0\x9f\x91\x8d") == 3);
}

TEST_CASE("U+FFFD for every maximal subpart", "[text][utf8]") {
  const std::string r = "\xef\xbf\xbd";
  // Unicode 15.0, table 3-8 and 3-11
  CHECK(tuneit::io::replace_invalid("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == r + r + r + r + r + r + r + r + "A");
  CHECK(tuneit::io::replace_invalid("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == r + r + r + r + r + r + r + r + "A");
  CHECK(tuneit::io::replace_invalid("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == r + r + r + r + r + "A" + r + r + "B");
  CHECK(tuneit::io::replace_invalid("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == r + r + r + r + "A");
  CHECK(tuneit::io::replace_invalid("fine \xc3\xa9") == "fine \xc3\xa9");
}

TEST_CASE("bytes, code points and UTF-16 units", "[text][offsets]") {
  const std::string text = "a\xc3\xa9\xf0\x9f\x91\x8dz";  // a é 👍 z
  const OffsetTable table(text);
  CHECK(table.code_points_of_bytes({1, 3}) == CodePointSpan{1, 2});
  CHECK(table.code_points_of_bytes({3, 8}) == CodePointSpan{2, 4});
  CHECK(table.bytes_of_code_points({2, 3}) == ByteSpan{3, 7});
  CHECK(table.utf16_of_bytes({3, 8}) == Utf16Span{2, 5});
  CHECK(table.bytes_of_utf16({2, 4}) == ByteSpan{3, 7});
  CHECK(table.byte_of_utf16(3) == 3);  // within the pair
  CHECK(table.code_point_of_byte(5) == 2);
  CHECK(table.code_point_of_byte(8) == 4);
  CHECK_THROWS_AS(table.code_point_of_byte(9), std::out_of_range);
  CHECK_THROWS_AS(table.byte_of_code_point(5), std::out_of_range);
  CHECK_THROWS_AS(table.byte_of_utf16(6), std::out_of_range);
  const OffsetTable ascii("abc");
  CHECK(ascii.bytes_of_utf16({1, 3}) == ByteSpan{1, 3});
  CHECK_THROWS_AS(ascii.utf16_of_byte(4), std::out_of_range);
}

TEST_CASE("the frozen classes have as many code points as tokenizers 0.23.3 has", "[text][classes]") {
  const CodePointClasses& classes = code_point_classes();
  const auto count = [&](unsigned bit) {
    std::size_t n = 0;
    for (char32_t c = 0; c < 0x110000; ++c) n += classes.any(c, bit);
    return n;
  };
  CHECK(count(kIsSpace) == 25);
  CHECK(count(kIsCleaned) == 137'681);
  CHECK(count(kIsPunctuation) == 694 + 32);
  CHECK(count(kIsNonspacingMark) == 1'567);
  CHECK(count(kIsMark) == 2'097);
  CHECK(classes.any(0x111C9, kIsPunctuation));      // no longer of Unicode
  CHECK_FALSE(classes.any(0x61D, kIsPunctuation));  // newer
  CHECK_FALSE(classes.any(0x2B820, kIsChinese));    // the gap of the crate
  CHECK(classes.any(0x2B920, kIsChinese));
  CHECK(lower_case(0x10D50).first == 0x10D70);  // Unicode 16
  CHECK(lower_case(U'Σ').first == U'σ');
  CHECK((lower_case(0x130).first == U'i' && lower_case(0x130).second == 0x307));
}
