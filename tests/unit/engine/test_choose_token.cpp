// Which token comes next: penalties, the tokens that may be drawn, draws.
#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "tuneit/data/random.hpp"
#include "tuneit/engine/generate/choose_token.hpp"

using namespace tuneit;

namespace {

const std::vector<float> scores{1, 3, -2, 3, 0};

std::vector<std::size_t> drawable(const Generation& how) {
  std::vector<std::size_t> out;
  double sum = 0;
  for (const auto& [i, p] : tokens_to_draw(scores, how)) out.push_back(i), sum += p;
  CHECK(sum == Approx(1));
  return out;
}

}  // namespace

TEST_CASE("the best token is the first of the largest, and no NaN") {
  CHECK(best_token(scores) == 1);
  CHECK(best_token(std::vector<float>{NAN, -INFINITY, 2, NAN}) == 2);
  CHECK(best_token(std::vector<float>{NAN, -1}) == 1);
}

TEST_CASE("a penalty makes worse what was said, once each") {
  std::vector<float> own = scores;
  penalise(own, std::vector<std::int32_t>{1, 2, 1, 99}, 2);
  CHECK(own == std::vector<float>{1, 1.5F, -4, 3, 0});
}

TEST_CASE("tokens to draw: the k most probable and what equals the last, the fewest of a probability p") {
  Generation how;
  CHECK(drawable(how) == std::vector<std::size_t>{1, 3, 0, 4, 2});
  how.top_k = 1;
  CHECK(drawable(how) == std::vector<std::size_t>{1, 3});
  how.top_k = 3;
  CHECK(drawable(how) == std::vector<std::size_t>{1, 3, 0});
  how.top_k = 0;
  how.top_p = 0.4;  // each of the two has .459 of all
  CHECK(drawable(how) == std::vector<std::size_t>{1});
  how.top_p = 0.5;
  CHECK(drawable(how) == std::vector<std::size_t>{1, 3});
  how.top_p = 0.95;
  CHECK(drawable(how) == std::vector<std::size_t>{1, 3, 0});
  how.top_p = 1;
  how.temperature = 0.5;
  const auto tokens = tokens_to_draw(scores, how);
  CHECK(tokens[2].second / tokens[0].second == Approx(std::exp((1. - 3.) / 0.5)));
}

TEST_CASE("draws are as often as probabilities say") {
  Generation how;
  how.temperature = 2;
  const auto tokens = tokens_to_draw(scores, how);
  std::vector<double> counts(scores.size());
  constexpr int n = 40000;
  for (int i = 0; i < n; ++i) {
    data::Draws draws(1, static_cast<std::uint64_t>(i), 0, data::Stream::Text);
    counts[drawn_token(tokens, draws.uniform())] += 1. / n;
  }
  for (const auto& [i, p] : tokens) CHECK(std::abs(counts[i] - p) < 5 * std::sqrt(p / n));
  CHECK(drawn_token(tokens, 1) == tokens.back().first);
}
