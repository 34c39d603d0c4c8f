// Constexpr text tools against the standard library and POSIX.
#include <fnmatch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <tuneit/meta/columns.hpp>
#include <tuneit/meta/math.hpp>
#include <tuneit/meta/text.hpp>
#include <vector>

using namespace tuneit;

TEST_CASE("the cosine agrees with the standard library") {
  for (int i = -4000; i <= 4000; ++i) {
    const double x = i * 0.005;
    CHECK(std::abs(detail::cosine(x) - std::cos(x)) < 1e-14);
  }
}

TEST_CASE("globs agree with POSIX fnmatch on random patterns") {
  std::mt19937 random(7);
  const auto draw = [&](const std::string& letters, std::size_t most) {
    std::string s(random() % (most + 1), ' ');
    for (char& c : s) c = letters[random() % letters.size()];
    return s;
  };
  int matched = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string pattern = draw("ab.*?", 7);
    if (i % 3 == 0) pattern += "[a-b]";
    if (i % 5 == 0) pattern += "[!a]*";
    const std::string name = draw("ab.", 9);
    const bool ours = text::glob(pattern.data(), pattern.size(), name.data(), name.size());
    const bool theirs = ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
    matched += ours;
    if (ours != theirs) FAIL_CHECK("pattern " << pattern << " name " << name << " ours " << ours);
  }
  CHECK(matched > 1000);
}

TEST_CASE("the spelling distance agrees with the textbook recursion") {
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string a(random() % 9, ' '), b(random() % 9, ' ');
    for (char& c : a) c = "abc"[random() % 3];
    for (char& c : b) c = "abc"[random() % 3];
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t x = 0; x <= a.size(); ++x)
      for (std::size_t y = 0; y <= b.size(); ++y)
        d[x][y] = x == 0   ? y
                  : y == 0 ? x
                           : std::min({d[x - 1][y] + 1, d[x][y - 1] + 1, d[x - 1][y - 1] + (a[x - 1] != b[y - 1])});
    CHECK(text::distance(a.data(), a.size(), b.data(), b.size()) == d[a.size()][b.size()]);
  }
}

TEST_CASE("numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(11689512) == "11,689,512");
  CHECK(grouped(-1234) == "-1,234");
  CHECK(bytes_text(1'250'000'000) == "1.25 GB");
  CHECK(short_number(0.001) == "0.001");
}
