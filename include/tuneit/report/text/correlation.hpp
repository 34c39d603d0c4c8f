#pragma once
// Do predicted numbers go with the true ones? And how surprised is a language model? No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace tuneit::report {

/// Ranks from 1; equal values share the mean of theirs. NaN ranks last, among equals.
[[nodiscard]] inline std::vector<double> average_ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] < values[b] || (std::isnan(values[b]) && !std::isnan(values[a]));
  });
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0, end = 0; i < order.size(); i = end) {
    for (end = i + 1; end < order.size() && values[order[end]] == values[order[i]];) ++end;
    for (std::size_t k = i; k < end; ++k) ranks[order[k]] = static_cast<double>(i + 1 + end) / 2;
  }
  return ranks;
}

/// Pearson's correlation, centred in float64 (as scipy.stats.pearsonr); NaN of less than two pairs, and where one side
/// is constant.
[[nodiscard]] inline double pearson_of(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const auto constant = [](const std::vector<double>& v) {
    return std::all_of(v.begin(), v.end(), [&](double a) { return a == v.front(); });
  };
  if (x.size() < 2 || constant(x) || constant(y)) return std::nan("");
  const auto mean = [n](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / n; };
  const double mx = mean(x), my = mean(y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mx, dy = y[i] - my;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

/// All pairs are kept: ranks need them. Merging two halves gives what all of it gives, to the rounding of sums.
class Correlation {
 public:
  void add(double truth, double predicted) {
    truth_.push_back(truth);
    predicted_.push_back(predicted);
  }
  void merge(const Correlation& other) {
    truth_.insert(truth_.end(), other.truth_.begin(), other.truth_.end());
    predicted_.insert(predicted_.end(), other.predicted_.begin(), other.predicted_.end());
  }
  [[nodiscard]] std::size_t total() const { return truth_.size(); }
  [[nodiscard]] double pearson() const { return pearson_of(truth_, predicted_); }
  /// Pearson's of average ranks; NaN where a value is NaN.
  [[nodiscard]] double spearman() const {
    const auto none = [](double v) { return std::isnan(v); };
    if (std::any_of(truth_.begin(), truth_.end(), none) || std::any_of(predicted_.begin(), predicted_.end(), none))
      return std::nan("");
    return pearson_of(average_ranks(truth_), average_ranks(predicted_));
  }

 private:
  std::vector<double> truth_, predicted_;
};

/// exp of the mean negative log likelihood (nats) of the tokens that are predicted; padding is not.
class Perplexity {
 public:
  /// The sum over `tokens` tokens.
  void add(double negative_log_likelihood, std::int64_t tokens) {
    sum_ += negative_log_likelihood;
    tokens_ += tokens;
  }
  void merge(const Perplexity& other) { add(other.sum_, other.tokens_); }
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }
  /// NaN of no tokens.
  [[nodiscard]] double mean_loss() const { return sum_ / static_cast<double>(tokens_); }
  [[nodiscard]] double value() const { return std::exp(mean_loss()); }

 private:
  double sum_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace tuneit::report
