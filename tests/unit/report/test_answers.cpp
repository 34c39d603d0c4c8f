// Do scores of begins and ends choose the stretch that they should, and tokens the labels of their words?
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <tuneit/report/text/answers.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::report;

namespace {

/// [CLS] and four tokens of two bytes each.
struct Window {
  std::vector<float> begin, end;
  std::vector<TokenBytes> tokens{{}, {0, 2, true}, {2, 4, true}, {4, 6, true}, {6, 8, true}};
};
AnswerDecision decide(const std::vector<Window>& windows, const AnswerSearch& search = {}) {
  std::vector<AnswerWindow> views;
  for (const Window& w : windows) views.push_back({w.begin, w.end, w.tokens});
  return decide_answer("aabbccdd", views, search);
}

}  // namespace

TEST_CASE("the best begin and the best end need not belong together", "[report][text]") {
  // each for itself they would be 3 and 1: an end before its begin
  const Window w{{0, 1, 2, 9, 0}, {0, 8, 1, 2, 3}};
  const AnswerDecision d = decide({w});
  CHECK(d.text == "ccdd");
  CHECK(d.n_best.front().score == 12);
  CHECK(!d.null_difference);
  double sum = 0;
  for (const FoundAnswer& a : d.n_best) sum += a.probability;
  CHECK(sum == Approx(1));
  CHECK(decide({w}, {.most_tokens = 1}).text == "cc");  // 11 against 9
  CHECK(decide({w}, {.n_best = 1}).text == "empty");    // 3 and 1 only: nothing is left
}

TEST_CASE("all windows of a passage are looked at, none is better by a threshold", "[report][text]") {
  const Window one{{1, 3, 0, 0, 0}, {1, 3, 0, 0, 0}}, two{{4, 0, 0, 0, 4}, {3, 0, 0, 0, 4}};
  AnswerSearch s{.may_have_none = true};
  CHECK(decide({one, two}, s).text == "dd");
  CHECK(decide({one, two}, s).null_difference == 2.0 - 8.0);  // the least score of none
  s.null_threshold = -6;
  CHECK(decide({one, two}, s).text == "dd");  // not above it
  s.null_threshold = -6.5;
  CHECK(decide({one, two}, s).text.empty());
  s = {.n_best = 2, .may_have_none = true};
  const AnswerDecision few = decide({one, two}, s);
  CHECK(few.n_best.size() == 3);  // no answer is kept beside the best two
  CHECK(few.n_best.back().text.empty());
  CHECK(decide({}, s).text == "empty");
}

TEST_CASE("equal scores: the earlier window, then the higher begin", "[report][text]") {
  const Window w{{0, 1, 1, 0, 0}, {0, 1, 1, 0, 0}};
  const AnswerDecision d = decide({w}, {.n_best = 3});
  CHECK(d.n_best[0].text == "aa");
  CHECK(d.n_best[1].text == "aabb");
  CHECK(d.n_best[2].text == "bb");
}

TEST_CASE("what is NaN is never chosen", "[report][text]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Window w{{nan, 1, nan, 2, 9}, {nan, 8, 3, nan, nan}};
  const AnswerDecision d = decide({w}, {.may_have_none = true});  // nor is the score of no answer a number
  CHECK(d.text == "aa");
  REQUIRE(d.n_best.size() == 2);
  CHECK(d.n_best[1].text == "aabb");
  CHECK(d.n_best[0].probability + d.n_best[1].probability == Approx(1));
  CHECK(decide({{std::vector<float>(5, nan), std::vector<float>(5, nan)}}).text == "empty");

  Window large;  // the best token of many, of which every third is NaN
  large.tokens.assign(300, {0, 2, true});
  for (int i = 0; i < 300; ++i) {
    large.begin.push_back(i % 3 == 0 ? nan : static_cast<float>(i * 37 % 300));
    large.end.push_back(large.begin.back());
  }
  const AnswerDecision best = decide({large}, {.n_best = 100, .most_tokens = 1});
  REQUIRE(best.n_best.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(!std::isnan(best.n_best[i].score));
    CHECK(best.n_best[i].score <= best.n_best[i == 0 ? 0 : i - 1].score);
  }
}

TEST_CASE("words have the label of their first token", "[report][text]") {
  const std::vector<std::int32_t> words{-1, 0, 0, 1, 3, -1};
  const std::vector<std::int64_t> labels{9, 1, 2, 3, 4, 9};
  const TagWindow w{words, labels};
  const WordLabels out = label_words({&w, 1}, 5, 0);
  CHECK(out.labels == std::vector<std::int64_t>{1, 3, 0, 4, 0});
  CHECK(out.without_token == 2);
}

TEST_CASE("of windows that overlap the one with most context counts", "[report][text]") {
  const std::vector<std::int32_t> a{-1, 0, 1, 2, 3, -1}, b{-1, 1, 2, 3, 4, -1}, c{-1, 4, 5, -1};
  const std::vector<std::int64_t> la{0, 10, 11, 12, 13, 0}, lb{0, 21, 22, 23, 24, 0}, lc{0, 34, 35, 0};
  const std::vector<TagWindow> windows{{a, la}, {b, lb}, {c, lc}};
  const WordLabels out = label_words(windows, 6, 0);
  // 1: one before against a beginning; 2: one each, the first; 3: nothing behind against one; 4: an end, a beginning
  CHECK(out.labels == std::vector<std::int64_t>{10, 11, 12, 23, 24, 35});
  CHECK(out.without_token == 0);
  const std::vector<TagWindow> alone{{a, la}, {c, lc}};
  CHECK(label_words(alone, 6, 0).labels[4] == 34);  // no other window has it
  // of word 1 the second window has the rest only
  const std::vector<std::int32_t> cut{0, 1}, rest{1, 2};
  const std::vector<std::int64_t> lcut{40, 41}, lrest{51, 52};
  const std::vector<TagWindow> halves{{cut, lcut}, {rest, lrest}};
  CHECK(label_words(halves, 3, 0).labels == std::vector<std::int64_t>{40, 41, 52});
}
