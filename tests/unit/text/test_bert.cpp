// Golden cases of BERT's tokeniser, as tokenizers 0.23.3 answers them with MiniLM's vocabulary.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "small_bert.hpp"

using namespace tuneit;
using namespace tuneit::text;
using namespace tuneit::text::tests;

TEST_CASE("golden cases", "[text][bert]") {
  const Tokenizer t = small_bert();
  CHECK(shown(t, "Caf\xc3\xa9") == "cafe(0,4)");
  CHECK(shown(t, "na\xc3\xafve \xc4\xb0stanbul") == "naive(0,5) istanbul(6,14)");
  CHECK(shown(t, std::string_view("a\0b", 3)) == "ab(0,3)");
  CHECK(shown(t,
              "a\x0b"
              "b") == "ab(0,3)");
  CHECK(shown(t,
              "a\xc2\x85"
              "b") == "ab(0,3)");
  CHECK(shown(t,
              "a\xc2\xad"
              "b") == "ab(0,3)");
  CHECK(shown(t, "x\xe2\x80\x8by") == "x(0,1) ##y(2,3)");
  CHECK(shown(t, "\xe6\x9d\xb1\xe4\xba\xactower") == "\xe6\x9d\xb1(0,1) \xe4\xba\xac(1,2) tower(2,7)");
  for (const std::string unknown : {"\xef\xbc\xa1", "\xed\x9e\xa3", "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", "\xcd\xb8z"})
    CHECK(shown(t, unknown) == "[UNK](0," + std::to_string(code_points_in(unknown)) + ")");
  CHECK(shown(t, std::string(101, 'x')) == "[UNK](0,101)");
  CHECK(t.encode(std::string(100, 'x'), {false, false, {}, {}}).size() == 100);  // here a piece is one letter
  CHECK(shown(t, "1,000.50") == "1(0,1) ,(1,2) 000(2,5) .(5,6) 50(6,8)");
  CHECK(shown(t, "[SEP] foo [MASK]bar") == "[SEP](0,5) foo(6,9) [MASK](10,16) bar(16,19)");
  CHECK(shown(t, "e\xcc\x81") == "e(0,1)");                     // a mark behind its letter is not covered
  CHECK(shown(t, "\xce\xa3\xce\xb1\xcf\x83") == "[UNK](0,3)");  // no final sigma is made
  CHECK(shown(t, "unaffable") == "un(0,2) ##aff(2,5) ##able(5,9)");
  CHECK(shown(t, "unaffablez") == "[UNK](0,10)");  // the whole word
  CHECK(shown(t, "").empty());
  CHECK(shown(t, " \t\n").empty());
}

TEST_CASE("special tokens of a text are text if one says so", "[text][bert]") {
  const Tokenizer t = small_bert();
  CHECK(shown(t, "foo[SEP]", {false, true, {}, {}}) == "foo(0,3) [UNK](3,4) [UNK](4,7) [UNK](7,8)");
}

TEST_CASE("what a long word costs", "[text][bert][hostile]") {
  const Tokenizer t = small_bert();
  CHECK(shown(t, std::string(1'000'000, 'x')) == "[UNK](0,1000000)");
}

TEST_CASE("ASCII, and what is not, give the same", "[text][bert]") {
  const Tokenizer t = small_bert();
  for (const std::string text : {"The foo, un-affable TOWER\r\n!", "a\tb  c.d", "foo[SEP]bar", "1,000.50 x"}) {
    const std::string shown_so = shown(t, text);
    CHECK(shown(t, text + " \xe2\x80\x8b") == shown_so);  // the last one is deleted, but takes the other way
  }
}

TEST_CASE("a word cache changes nothing", "[text][bert]") {
  const WordPiece model{Vocabulary(small_tokens())};
  WordPiece::Scratch used;
  for (int turn = 0; turn < 3; ++turn)
    for (const std::string word : {"unaffable", "foo", "x", "xxxxxxx", "unaffablez", "fo", "towerx",
                                   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}) {
      WordPiece::Scratch fresh;
      std::vector<Piece> a, b{{7, 0, 1}};
      model.tokenize(word, fresh, a);
      model.tokenize(word, used, b);
      CHECK(std::vector<Piece>(b.begin() + 1, b.end()) == a);
    }
  CHECK_THROWS_WITH(WordPiece(Vocabulary({"a"}), "[UNK]"), Catch::Contains("lacks the unknown token '[UNK]'"));
}
