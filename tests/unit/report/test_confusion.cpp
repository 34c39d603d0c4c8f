// Are the scores those of the textbook, and is the table readable?
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include <tuneit/report/confusion.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::report;

TEST_CASE("scores", "[report][confusion]") {
  Confusion confusion({"a", "b", "never"});
  const std::vector<std::int64_t> truth{0, 0, 0, 0, 1, 1}, predicted{0, 0, 0, 1, 1, 0};
  confusion.add(truth, predicted);
  CHECK(confusion.total() == 6);
  CHECK(confusion.counts()(0, 1) == 1);
  CHECK(confusion.counts()(1, 0) == 1);
  CHECK(confusion.accuracy() == Approx(4.0 / 6));
  const ClassScore a = confusion.score(0), b = confusion.score(1), never = confusion.score(2);
  CHECK(a.count == 4);
  CHECK(a.recall == Approx(0.75));
  CHECK(a.precision == Approx(0.75));
  CHECK(a.f1 == Approx(0.75));
  CHECK(b.recall == Approx(0.5));
  CHECK(std::isnan(never.recall));
  CHECK(std::isnan(never.precision));
  CHECK(std::isnan(never.f1));
  CHECK(confusion.mean_recall() == Approx(0.625));  // of the classes that occurred
  CHECK(confusion.mean_f1() == Approx(0.625));
  CHECK(std::isnan(Confusion({"a", "b"}).accuracy()));
}

TEST_CASE("numbers out of range are refused", "[report][confusion]") {
  Confusion confusion({"a", "b"});
  CHECK_THROWS_AS(confusion.add(0, 2), tuneit::Error);
  CHECK_THROWS_AS(confusion.add(-1, 0), tuneit::Error);
  const std::vector<std::int64_t> one{0}, two{0, 1};
  CHECK_THROWS_AS(confusion.add(one, two), tuneit::Error);
  CHECK(confusion.total() == 0);
}

TEST_CASE("the table is aligned, with long, foreign and hostile names", "[report][confusion]") {
  Confusion confusion({"short", "a name that is longer than any column should be",
                       "Stra\xc3\x9f"
                       "e\n\x1b[31m"});
  confusion.add(0, 0);
  confusion.add(1, 0);
  const std::string table = confusion_table(confusion);
  CHECK(table.find("a name that is longer ..") != std::string::npos);
  CHECK(table.find('\x1b') == std::string::npos);
  std::istringstream lines(table);
  std::vector<std::size_t> widths;
  for (std::string line; std::getline(lines, line) && line.find("accuracy") != 0;)
    widths.push_back(tuneit::report::detail::characters(line));
  REQUIRE(widths.size() == 4);
  for (const std::size_t width : widths) CHECK(width == widths[0]);
}

TEST_CASE("of many classes the worst are shown", "[report][confusion]") {
  std::vector<std::string> names;
  for (int c = 0; c < 100; ++c) names.push_back("class" + std::to_string(c));
  Confusion confusion(names);
  for (int c = 0; c < 100; ++c)
    for (int i = 0; i < 10; ++i) confusion.add(c, c == 42 && i < 9 ? 17 : c);
  const std::string table = confusion_table(confusion);
  CHECK(table.find("The 15 worst of 100 classes") == 0);
  CHECK(table.find("class17 9") != std::string::npos);  // what 42 is taken for
  CHECK(std::count(table.begin(), table.end(), '\n') == 18);
  CHECK(table.find("class42") < table.find("class17 9"));
}
