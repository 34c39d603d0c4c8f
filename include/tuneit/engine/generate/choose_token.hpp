#pragma once
// Which token comes next, of a number for each? The best one, or one that is drawn. No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace tuneit {

/// How texts are continued. The words and their order (penalty, temperature, top-k, top-p) are those of transformers'
/// generate.
struct Generation {
  std::size_t new_tokens = 20;    ///< at most, of each text
  bool sample = false;            ///< tokens are drawn; else the best one is taken
  double temperature = 1;         ///< scores are divided by it before they are drawn: above 0
  std::size_t top_k = 0;          ///< drawn of so many, the most probable, and of what equals the last; 0: of all
  double top_p = 1;               ///< drawn of the fewest that are so probable together: above 0
  double repetition_penalty = 1;  ///< scores of tokens that the text has: above 0 divided by it, below times it (arXiv
                                  ///< 1909.05858)
  std::uint64_t seed = 0;         ///< of the draws; those of a text do not depend on the others
  std::int32_t end = -1;          ///< the token that ends a text; negative: none does
  bool cache = true;              ///< keys and values are kept; else everything is computed anew for each token
};

/// Scores of tokens that a text has are made worse; each once.
inline void penalise(std::span<float> scores, std::span<const std::int32_t> text, double penalty) {
  std::vector<bool> done(scores.size(), false);
  for (const std::int32_t id : text) {
    const auto i = static_cast<std::size_t>(id);
    if (i >= scores.size() || done[i]) continue;
    done[i] = true;
    const auto p = static_cast<float>(penalty);
    scores[i] = scores[i] < 0 ? scores[i] * p : scores[i] / p;
  }
}

/// The first of the largest; NaN is less than any number.
inline std::size_t best_token(std::span<const float> scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] > scores[best] || (std::isnan(scores[best]) && !std::isnan(scores[i]))) best = i;
  return best;
}

/// The tokens that may be drawn and how probable each is, the most probable first; of equals the lower one.
inline std::vector<std::pair<std::size_t, double>> tokens_to_draw(std::span<const float> scores,
                                                                  const Generation& how) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) { return std::isnan(scores[i]) ? -INFINITY : scores[i]; };
  const auto before = [&](std::size_t a, std::size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; };
  if (how.top_k > 0 && how.top_k < order.size()) {
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(how.top_k - 1), order.end(), before);
    const float least = key(order[how.top_k - 1]);
    std::erase_if(order, [&](std::size_t i) { return key(i) < least; });
  }
  std::sort(order.begin(), order.end(), before);
  std::vector<std::pair<std::size_t, double>> out;
  double sum = 0;
  for (const std::size_t i : order) {
    const double p = std::exp((static_cast<double>(key(i)) - static_cast<double>(key(order[0]))) / how.temperature);
    out.emplace_back(i, p);
    sum += p;
  }
  double together = 0;
  std::size_t kept = 0;
  while (kept < out.size() && (kept == 0 || together < how.top_p)) together += out[kept++].second / sum;
  if (how.top_p < 1) out.resize(kept);
  double left = 0;
  for (const auto& [i, p] : out) left += p;
  for (auto& [i, p] : out) p /= left;
  return out;
}

/// The one at `where`, from 0 to 1, of the probabilities put one behind the other.
inline std::size_t drawn_token(std::span<const std::pair<std::size_t, double>> tokens, double where) {
  double sum = 0;
  for (const auto& [i, p] : tokens)
    if ((sum += p) > where) return i;
  return tokens.back().first;
}

}  // namespace tuneit
