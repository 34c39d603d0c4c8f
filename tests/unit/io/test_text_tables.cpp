// Are texts, pairs and labels read from tables, and is what is none of them refused with its place?
#include <string>
#include <vector>

#include <tuneit/io/text/plain.hpp>
#include <tuneit/io/text/table.hpp>

#include <catch2/catch.hpp>

#include "texts.hpp"

using namespace texts;
using namespace std::string_literals;

namespace {

constexpr auto csv = [](auto&&... all) { io::parse_text_table(all...); };
constexpr auto tsv = [](auto&&... all) { io::parse_text_table(all..., '\t'); };

}  // namespace

TEST_CASE("text and label", "[io][text]") {
  const auto t = read("\xef\xbb\xbftext,label\r\n\"a, \"\"b\"\"\", good \r\n\r\n\"two\nlines\",bad\r\n,bad\n", csv);
  REQUIRE(t.examples.size() == 3);
  CHECK(t.examples[0].text == "a, \"b\"");
  CHECK(label(t.examples[0]) == "good");
  CHECK(t.examples[1].text == "two\nlines");
  CHECK(t.place(t.examples[1]) == "f:4");
  CHECK(t.examples[2].text.empty());
  CHECK(t.blank == 1);
  CHECK(!t.examples[0].second);
}

TEST_CASE("pairs, parts, groups and ids", "[io][text]") {
  const auto t = read("id\tsentence1\tsentence2\tLabel\tsplit\tgroup\n7\ta\tb\t1\tTrain \tg\n", tsv);
  REQUIRE(t.examples.size() == 1);
  const auto& e = t.examples[0];
  CHECK(e.text == "a");
  CHECK(e.second_text() == "b");
  CHECK(label(e) == "1");
  CHECK(e.part == "Train");
  CHECK(e.group == "g");
  CHECK(e.id == "7");
  CHECK(read("text_a,text_b,label\nx,y,z\n", csv).examples[0].second_text() == "y");
}

TEST_CASE("columns of other names, without a header, of numbers, without labels", "[io][text]") {
  io::TextOptions o;
  o.text = "Body";
  o.label = "stars";
  CHECK(label(read("x;body;stars\n1;hello;5\n", csv, o).examples[0]) == "5");
  o = {};
  o.columns = {"source", "label", "star", "text"};
  o.quotes = false;
  const auto cola = read("gj04\t1\t\tHe said \"no\".\n", tsv, o);
  REQUIRE(cola.examples.size() == 1);
  CHECK(cola.examples[0].text == "He said \"no\".");
  CHECK(refusal("a\tb\n", tsv, o) == "f:1: the row has 2 fields, and 4 columns were named.");
  o = {};
  o.targets = {"score", "other"};
  const auto numbers = read("sentence1,sentence2,score,other\na,b,4.25,-1e2\n", csv, o);
  CHECK(std::get<std::vector<double>>(numbers.examples[0].label) == std::vector<double>{4.25, -100});
  for (const char* bad : {"x", "", "nan", "inf", "1e999", "1,5"})
    CHECK(refusal("text,score,other\na,\""s + bad + "\",1\n", csv, o) ==
          "f:2: '"s + bad + "' in the column 'score' is no number.");
  o = {};
  o.labels = false;
  CHECK(std::holds_alternative<std::monostate>(read("text,n\na,1\n", csv, o).examples[0].label));
}

TEST_CASE("columns that are missing or not clear are named", "[io][text]") {
  CHECK(refusal("a,label\nx,y\n", csv) == "f:1: no column is called text.");
  CHECK(refusal("text,b\nx,y\n", csv) == "f:1: no column is called label.");
  CHECK(refusal("text,review,label\nx,y,z\n", csv) == "f:1: several columns may be the text, 'text' and 'review'.");
  io::TextOptions o;
  o.label = "nope";
  CHECK(refusal("text,label\nx,y\n", csv, o) == "f:1: the table has no column 'nope'.");
  CHECK(refusal("text,label\nx,\n", csv) == "f:2: the label is empty.");
  CHECK(refusal("", csv) == "The table f is empty.");
}

TEST_CASE("quotes: closed, or without meaning", "[io][text]") {
  CHECK(refusal("text,label\na,b\n\"c,d\ne,f\n", csv) == "f:3: a quote is opened and never closed.");
  CHECK(refusal("text,label\n\"a\"b,c\n", csv) == "f:2: text follows a closing quote.");
  CHECK(refusal("text\tlabel\na \"b\" c\td\n", tsv) == "f:2: a quote inside a field that does not begin with one.");
  io::TextOptions o;
  o.quotes = false;
  CHECK(read("text\tlabel\na \"b\" c\td\n\"e\tf\n", tsv, o).examples[1].text == "\"e");
  o = {};
  o.most_text_bytes = 10;
  CHECK(refusal("text,label\n\"12345678901\",x\n", csv, o) == "f:2: a field of more than 10 bytes begins.");
  CHECK(refusal("text,label\n12345678901,x\n", csv, o) == "f:2: a field of more than 10 bytes.");
  CHECK(read("text,label\n1234567890,x\n", csv, o).examples.size() == 1);
}

TEST_CASE("more texts than are to be read are refused", "[io][text]") {
  io::TextOptions o;
  o.most_texts = 2;
  CHECK(read("text,label\na,x\nb,y\n", csv, o).examples.size() == 2);
  CHECK(refusal("text,label\na,x\nb,y\nc,x\nd,y\n", csv, o) == "f:4: more than 2 texts begin here.");
  CHECK(refusal("a\n\nb\n\nc\n", io::parse_plain_text, o) == "f:5: more than 2 texts begin here.");
}

TEST_CASE("NUL is text in quotes, and refused outside", "[io][text]") {
  CHECK(read("text,label\n\"a\0b\",x\n"s, csv).examples[0].text == "a\0b"s);
  CHECK(refusal("text,label\na\0b,x\n"s, csv) == "f:2: a NUL byte.");
}

TEST_CASE("line ends: LF, CRLF, CR alone; in quotes they are text", "[io][text]") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const auto t = read("text,label" + end + "\"a" + end + "b\",x" + end + "c,y", csv);
    REQUIRE(t.examples.size() == 2);
    CHECK(t.examples[0].text == "a" + end + "b");
    CHECK(t.examples[1].line == 4);
  }
}

TEST_CASE("other encodings, and bytes that are none", "[io][text]") {
  CHECK(refusal("\xff\xfet\0e\0"s, csv) == "f is UTF-16, not UTF-8.");
  CHECK(refusal("\xfe\xff\0t\0e"s, csv) == "f is UTF-16, not UTF-8.");
  CHECK(refusal("\xff\xfe\0\0t\0\0\0"s, csv) == "f is UTF-32, not UTF-8.");
  CHECK(refusal("t\0e\0x\0t\0,\0"s, csv) == "f is UTF-16, not UTF-8.");
  CHECK(refusal("text,label\nab\xe9,x\n", csv) ==
        "f:2: byte 3 of the line is not UTF-8: a character that is cut short.");
  io::TextOptions o;
  o.replace_invalid = true;
  const auto t = read("text,label\nab\xe9,x\n\xed\xa0\x80,y\n", csv, o);
  CHECK(t.examples[0].text == "ab\xef\xbf\xbd");
  CHECK(t.examples[1].text == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(t.replaced == 4);
  // U+FEFF inside of a text stays
  CHECK(read("text,label\na\xef\xbb\xbf,x\n", csv).examples[0].text == "a\xef\xbb\xbf");
}

TEST_CASE("a row of very many columns is refused", "[io][text]") {
  CHECK(refusal("text,label\n" + std::string(io::kMaxTableColumns, ','), csv) ==
        "f:2: the row has more than 100,000 columns.");
}
