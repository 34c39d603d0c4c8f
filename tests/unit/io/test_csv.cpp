// Does the CSV reader read RFC 4180, and say file and line of what is not?
#include <string>
#include <vector>

#include <tuneit/io/csv.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;
using Fields = std::vector<std::string>;

std::string refusal(const std::string& text) {
  try {
    io::parse_csv(text, "t.csv");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("fields, quotes and line ends", "[io][csv]") {
  const auto rows =
      io::parse_csv("\xef\xbb\xbfpath,label\r\n\"a,b.png\",\"say \"\"hi\"\"\"\n\n\"two\nlines\",x\r\n,", "t");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].fields == Fields{"path", "label"});
  CHECK(rows[1].fields == Fields{"a,b.png", "say \"hi\""});
  CHECK(rows[1].line == 2);
  CHECK(rows[2].fields == Fields{"two\nlines", "x"});
  CHECK(rows[2].line == 4);
  CHECK(rows[3].fields == Fields{"", ""});
  CHECK(rows[3].line == 6);
  CHECK(io::parse_csv("", "t").empty());
  CHECK(io::parse_csv("\n\r\n", "t").empty());
  CHECK(io::parse_csv("\"\"", "t").at(0).fields == Fields{""});
  CHECK(io::parse_csv("a,\n", "t").at(0).fields == Fields{"a", ""});
}

TEST_CASE("what separates fields is seen in the first line that is not empty", "[io][csv]") {
  CHECK(io::separator_of("a;b\nc,d\n") == ';');
  CHECK(io::separator_of("\n\r\na;b\n") == ';');
  CHECK(io::separator_of("\xef\xbb\xbf\r\na\tb\n") == '\t');
  CHECK(io::separator_of("\n\n") == ',');
}

TEST_CASE("what is not RFC 4180 is refused with its line", "[io][csv]") {
  CHECK(refusal("a,b\n\"c,d\n").find("t.csv:2: a quote is opened") == 0);
  CHECK(refusal("a,b\nc\n").find("t.csv:2: the row has 1 fields, the first has 2") == 0);
  CHECK(refusal("a,b\n1,2\n1,2,3\n").find("t.csv:3:") == 0);
  CHECK(refusal("\"a\"b,c").find("t.csv:1: text follows") == 0);
  CHECK(refusal("a\"b,c").find("t.csv:1: a quote inside") == 0);
  CHECK(refusal(std::string("a,b\nc\0,d", 8)).find("t.csv:2: a NUL") == 0);
  CHECK(refusal("\"a\nb\",c\n\"x").find("t.csv:3:") == 0);
}

TEST_CASE("what is not UTF-8 is refused with line and byte", "[io][csv]") {
  CHECK(refusal("a,b\nc,d\xff\n").find("t.csv:2: byte 4 of the line is not UTF-8") == 0);
  CHECK(refusal("\xe4,b\n").find("t.csv:1: byte 1 of the line") == 0);  // Latin-1
  CHECK(refusal("\xef\xbb\xbf"
                "a\n\xed\xa0\x80")
            .find("t.csv:2: byte 1 of the line") == 0);              // a lone surrogate
  CHECK(refusal("a\n\xc0\x80").find("t.csv:2: byte 1") == 0);        // an overlong NUL
  CHECK(refusal("a\n\"\xf0\x9f\x98").find("t.csv:2: byte 2") == 0);  // cut
  CHECK(io::parse_csv("\xf0\x9f\x98\x80,\xc3\xa4\n", "t").size() == 1);
}

TEST_CASE("a table that is none cannot fill the memory", "[io][csv]") {
  const std::string field(io::kMaxTableFieldBytes, 'x');
  CHECK(io::parse_csv(field + ",\"" + field + "\"\n", "t").at(0).fields.at(1) == field);
  CHECK(refusal("a\n" + field + "x").find("t.csv:2: a field of more than 1 MiB") == 0);
  CHECK(refusal("a\n\"x" + field).find("t.csv:2: a field of more than 1 MiB begins") == 0);
  const test::TempFolder folder;
  const auto path = folder.write("huge.csv", "a,b\n");
  std::filesystem::resize_file(path, io::kMaxTableBytes + 1);  // a hole: takes no room on the disk
  CHECK_THROWS_WITH(io::read_csv(path), Catch::Contains("huge.csv has 268435457 bytes, more than 256 MiB"));
}

TEST_CASE("a missing table is named", "[io][csv]") {
  const test::TempFolder folder;
  CHECK_THROWS_WITH(io::read_csv(folder.path() / "no.csv"), Catch::Contains("no.csv"));
  CHECK_THROWS_AS(io::read_csv(folder.path()), Error);
  CHECK(io::read_csv(folder.write("yes.csv", "a,b\n")).size() == 1);
}

TEST_CASE("a CR alone ends a row, and counts as a line inside of quotes", "[io][csv]") {
  const auto rows = io::parse_csv("a,b\r\"c\rd\",e\r\rf,g", "t");
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].fields == Fields{"c\rd", "e"});
  CHECK(rows[1].line == 2);
  CHECK(rows[2].fields == Fields{"f", "g"});
  CHECK(rows[2].line == 5);
  CHECK(io::separator_of("a;b\rc,d") == ';');
}

TEST_CASE("a table may have no quoting, and NUL bytes in its quotes", "[io][csv]") {
  io::CsvRow row;
  io::detail::CsvWalk plain("a\t\"b\nc\"d\t\"", "t.tsv", {.separator = '\t', .quotes = false});
  REQUIRE(plain.next(row));
  CHECK(row.fields == Fields{"a", "\"b"});
  REQUIRE(plain.next(row));
  CHECK(row.fields == Fields{"c\"d", "\""});
  CHECK(!plain.next(row));
  const std::string nul("\"a\0b\",c", 7);
  io::detail::CsvWalk quoted(nul, "t.csv", {.nul_in_quotes = true});
  REQUIRE(quoted.next(row));
  CHECK(row.fields == Fields{std::string("a\0b", 3), "c"});
  CHECK(refusal(nul).find("t.csv:1: a NUL byte.") == 0);
}

TEST_CASE("a row of very many columns is refused before they fill the memory", "[io][csv]") {
  CHECK(io::parse_csv(std::string(io::kMaxTableColumns - 1, ','), "t").at(0).fields.size() == io::kMaxTableColumns);
  CHECK(
      refusal("a\n" + std::string(io::kMaxTableColumns, ',')).find("t.csv:2: the row has more than 100,000 columns") ==
      0);
}
