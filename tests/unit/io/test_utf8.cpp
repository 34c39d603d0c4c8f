// Is what is not UTF-8 found, named and replaced as Unicode says?
#include <string>
#include <string_view>
#include <vector>

#include <tuneit/io/utf8.hpp>

#include <catch2/catch.hpp>

namespace {

using namespace tuneit;
using namespace std::string_literals;

std::string refusal(std::string_view text) {
  try {
    io::check_utf8(text, "t.txt");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    return std::string(error.what()).substr(0, std::string(error.what()).find('\n'));
  }
  return {};
}

/// A code point as UTF-8 would write it, whether it may or not.
std::string encoded(unsigned c) {
  const auto out = [](unsigned b) { return static_cast<char>(b); };
  if (c < 0x80) return {out(c)};
  if (c < 0x800) return {out(0xC0 | c >> 6U), out(0x80 | (c & 63U))};
  if (c < 0x10000) return {out(0xE0 | c >> 12U), out(0x80 | (c >> 6U & 63U)), out(0x80 | (c & 63U))};
  return {out(0xF0 | c >> 18U), out(0x80 | (c >> 12U & 63U)), out(0x80 | (c >> 6U & 63U)), out(0x80 | (c & 63U))};
}

const std::string fffd = "\xef\xbf\xbd";

}  // namespace

TEST_CASE("every code point is UTF-8 but surrogates and what is above the last", "[io][utf8]") {
  for (unsigned c = 0; c < 0x118000; ++c) {
    const bool is = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    const std::string bytes = encoded(c);
    if (io::is_utf8(bytes) != is) FAIL("U+" << std::hex << c);
    // behind 0 to 8 letters, where eight bytes at once are looked at
    if (io::utf8_prefix("abcdefgh"s.substr(c % 9) + bytes) != 8 - c % 9 + (is ? bytes.size() : 0))
      FAIL("U+" << std::hex << c);
  }
}

TEST_CASE("a maximal subpart is one U+FFFD", "[io][utf8]") {
  std::size_t n = 0;
  CHECK(io::replace_invalid("a\xc3\xa4 \xf0\x9f\x98\x80", &n) == "a\xc3\xa4 \xf0\x9f\x98\x80");
  CHECK(n == 0);
  // The tables of Unicode 15, 3.9.
  CHECK(io::replace_invalid("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", &n) ==
        fffd + fffd + fffd + fffd + fffd + fffd + fffd + fffd + "A");
  CHECK(n == 8);
  CHECK(io::replace_invalid("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") ==
        fffd + fffd + fffd + fffd + fffd + fffd + fffd + fffd + "A");
  CHECK(io::replace_invalid("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") ==
        fffd + fffd + fffd + fffd + fffd + "A" + fffd + fffd + "B");
  CHECK(io::replace_invalid("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == fffd + fffd + fffd + fffd + "A");
  CHECK(io::replace_invalid("x\xf0\x9f\x98") == "x" + fffd);
  CHECK(io::replace_invalid("\xe2\x82") == fffd);
  CHECK(io::replace_invalid("") == "");
  CHECK(io::replace_invalid("a\0b"s) == "a\0b"s);
}

TEST_CASE("what is wrong is said with line and byte", "[io][utf8]") {
  CHECK(refusal("fine\xe2\x82\xac") == "");
  CHECK(refusal("a\nb\x80") == "t.txt:2: byte 2 of the line is not UTF-8: a continuation byte without a beginning.");
  CHECK(refusal("a\r\nb\r\xc0\x80") == "t.txt:3: byte 1 of the line is not UTF-8: an overlong form.");
  CHECK(refusal("\xe0\x9f\xbf") == "t.txt:1: byte 1 of the line is not UTF-8: an overlong form.");
  CHECK(refusal("\xf0\x8f\xbf\xbf") == "t.txt:1: byte 1 of the line is not UTF-8: an overlong form.");
  CHECK(refusal("a\xed\xa0\x80") == "t.txt:1: byte 2 of the line is not UTF-8: half of a surrogate pair (CESU-8).");
  CHECK(refusal("\xf4\x90\x80\x80") == "t.txt:1: byte 1 of the line is not UTF-8: a character above U+10FFFF.");
  CHECK(refusal("\xf5\x80\x80\x80") == "t.txt:1: byte 1 of the line is not UTF-8: a character above U+10FFFF.");
  CHECK(refusal("\xff") == "t.txt:1: byte 1 of the line is not UTF-8: a byte that UTF-8 never has.");
  CHECK(refusal("Caf\xe9 au lait") == "t.txt:1: byte 4 of the line is not UTF-8: a character that is cut short.");
  CHECK(refusal("\xf0\x9f\x98") == "t.txt:1: byte 1 of the line is not UTF-8: a character that is cut short.");
}

TEST_CASE("who may have invalid bytes replaced is told how, by what there is", "[io][utf8]") {
  CHECK_THROWS_WITH(io::check_utf8("\x80", "t.txt"), Catch::Contains("TextOptions::replace_invalid"));
}

TEST_CASE("lines end with LF, CRLF or CR alone", "[io][utf8]") {
  const std::string_view text = "a\nb\r\nc\rd";
  CHECK(io::place_in(text, 0).line == 1);
  CHECK(io::place_in(text, 2).line == 2);
  CHECK(io::place_in(text, 4).line == 2);
  CHECK(io::place_in(text, 4).byte == 3);
  CHECK(io::place_in(text, 5).line == 3);
  CHECK(io::place_in(text, 7).line == 4);
  CHECK(io::place_in(text, 8).byte == 2);
}
