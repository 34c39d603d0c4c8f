// Are names that people cannot tell apart found, others kept apart, and bytes of any kind written so that they come
// back?
#include <cstdlib>
#include <string>

#include <tuneit/io/alike.hpp>
#include <tuneit/meta/quote.hpp>

#include <catch2/catch.hpp>

namespace {

using tuneit::io::difference_of;
using tuneit::io::look_of;

}  // namespace

TEST_CASE("names that people cannot tell apart have one look, and it is said in what they differ",
          "[io][alike][hostile]") {
  struct Pair {
    std::string a, b, difference;
  };
  const Pair pairs[] = {{"cat", "cat ", "blanks"},
                        {"cat", "\tcat", "blanks"},
                        {"not  hotdog", "not hotdog", "blanks"},
                        {"a b",
                         "a\xc2\xa0"
                         "b",
                         "blanks"},  // no-break space
                        {"Cat", "cat", "upper and lower case"},
                        {"STRASSE",
                         "stra\xc3\x9f"
                         "e",
                         "upper and lower case"},
                        {" Cat", "cat", "blanks and upper and lower case"},
                        {"1", "1.0", "how a number is written"},
                        {"1", "01", "how a number is written"},
                        {"+1", "1.", "how a number is written"},
                        {"-0.50", "-.5", "how a number is written"},
                        {"0", "-0.0", "how a number is written"},
                        {"caf\xc3\xa9", "cafe\xcc\x81", "characters that look alike or are not seen"},  // NFC, NFD
                        {"\xef\xac\x81sh", "fish", "characters that look alike or are not seen"},       // ligature
                        {"c\xe2\x80\x8b"
                         "at",
                         "cat", "characters that look alike or are not seen"},  // zero-width space
                        {"\xef\xbb\xbf"
                         "cat",
                         "cat", "characters that look alike or are not seen"},  // byte order mark
                        {"caf\xe9", "caf\xc3\xa9", "their encoding"}};
  for (const Pair& p : pairs) {
    INFO(p.a << " | " << p.b);
    CHECK(look_of(p.a) == look_of(p.b));
    CHECK(difference_of(p.a, p.b) == p.difference);
    CHECK(difference_of(p.b, p.a) == p.difference);
  }
  CHECK(difference_of("cat", "cat").empty());
}

TEST_CASE("names that people can tell apart have different looks", "[io][alike]") {
  const std::string names[] = {
      "cat",         "dog", "cats", "c at", "not_hotdog", "not hotdog",        "not-hotdog",        "1",
      "10",          "0.1", "-1",   "1.1",  "1a",         "12345678901234567", "12345678901234568", "cafe",
      "caf\xc3\xa9", "",    ".",    "+"};
  for (const std::string& a : names)
    for (const std::string& b : names) CHECK((look_of(a) == look_of(b)) == (a == b));
}

TEST_CASE("bytes of any kind become UTF-8, and come back", "[io][quote][hostile]") {
  using tuneit::io::utf8_original;
  using tuneit::io::utf8_text;
  CHECK(utf8_text("caf\xc3\xa9 \\ \n") == "caf\xc3\xa9 \\ \n");  // what is UTF-8 stays
  CHECK(utf8_text("caf\xe9") == "caf\\xe9");
  CHECK(utf8_text("caf\\xe9") == "caf\\\\xe9");  // that was written so
  CHECK(utf8_text("\xff\\") == "\\xff\\\\");
  CHECK(utf8_original("\\xzz") == "\\xzz");
  CHECK(utf8_original("\\x4") == "\\x4");
  const char* const pieces[] = {"\\", "x", "4", "e", "\xc3", "\xa9", "\xff", "a", "\xf0\x9f\x90\xb1", "\xed\xa0\x80"};
  unsigned state = 1;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int k = 0; k < 7; ++k) text += pieces[((state = state * 1'103'515'245U + 12'345U) >> 16U) % 10];
    const std::string written = utf8_text(text);
    REQUIRE(tuneit::io::is_utf8(written));
    REQUIRE(utf8_original(written) == text);
    REQUIRE(tuneit::io::is_utf8(look_of(text)));  // of any bytes
    REQUIRE(look_of(' ' + text + '\t') == look_of(text));
  }
}
