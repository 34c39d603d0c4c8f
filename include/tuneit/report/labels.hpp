#pragma once
// How well are several labels of a picture told, each by itself? Counts, and what follows from them. No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/report/confusion.hpp"

namespace tuneit::report {

/// Figures of one label, NaN where they are 0/0. `count`: pictures that have it. The average precision is the mean of
/// the precisions at the places of these pictures when all are sorted by the output; pictures of equal output share
/// a place (scikit-learn's average_precision_score).
struct LabelScore {
  std::string name;
  std::int64_t count = 0;
  double accuracy = 0, precision = 0, recall = 0, f1 = 0, average_precision = 0;
};

/// Outputs and targets of pictures with K labels each. A label is predicted where its output (a logit) is positive, and
/// true where the target is at least one half.
class Labels {
 public:
  explicit Labels(std::vector<std::string> names) : names_(std::move(names)), seen_(names_.size()) {}

  /// K numbers each.
  void add(const float* outputs, const float* targets) {
    bool all = true;
    for (std::size_t k = 0; k < names_.size(); ++k) {
      seen_[k].emplace_back(outputs[k], targets[k] >= 0.5F);
      all = all && (outputs[k] > 0) == (targets[k] >= 0.5F);
    }
    ++total_;
    exact_ += all ? 1 : 0;
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  /// The share of pictures of which all labels are right.
  [[nodiscard]] double exact() const { return ratio(exact_, total_); }

  [[nodiscard]] LabelScore score(std::size_t label) const {
    std::int64_t occurred = 0, predicted = 0, hits = 0, right = 0;
    for (const auto& [output, is] : seen_[label]) {
      occurred += is ? 1 : 0;
      predicted += output > 0 ? 1 : 0;
      hits += output > 0 && is ? 1 : 0;
      right += (output > 0) == is ? 1 : 0;
    }
    return {names_[label],
            occurred,
            ratio(right, total_),
            ratio(hits, predicted),
            ratio(hits, occurred),
            ratio(2 * hits, occurred + predicted),
            average_precision(seen_[label], occurred)};
  }
  [[nodiscard]] std::vector<LabelScore> scores() const {
    std::vector<LabelScore> out;
    for (std::size_t k = 0; k < names_.size(); ++k) out.push_back(score(k));
    return out;
  }

 private:
  using Seen = std::vector<std::pair<float, bool>>;  // output, and is it so?

  static double ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? std::nan("") : static_cast<double>(part) / static_cast<double>(whole);
  }
  static double average_precision(Seen seen, std::int64_t occurred) {
    std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    double sum = 0;
    std::int64_t hits = 0;
    for (std::size_t i = 0; i < seen.size();) {
      const std::int64_t before = hits;
      const float output = seen[i].first;
      for (; i < seen.size() && seen[i].first == output; ++i) hits += seen[i].second ? 1 : 0;
      sum += static_cast<double>(hits - before) * ratio(hits, static_cast<std::int64_t>(i));
    }
    return occurred == 0 ? std::nan("") : sum / static_cast<double>(occurred);
  }

  std::vector<std::string> names_;
  std::vector<Seen> seen_;
  std::int64_t total_ = 0, exact_ = 0;
};

namespace detail {

/// The mean of a figure over those that have it.
template <class Score>
double mean_of(const std::vector<Score>& scores, double Score::*figure) {
  double sum = 0;
  std::int64_t n = 0;
  for (const Score& s : scores)
    if (!std::isnan(s.*figure)) {
      sum += s.*figure;
      ++n;
    }
  return n == 0 ? std::nan("") : sum / static_cast<double>(n);
}

}  // namespace detail

/// A line for each label in percent, then the means of the figures over the labels.
inline std::string label_table(const Labels& labels) {
  const std::vector<LabelScore> scores = labels.scores();
  const auto percent = [](double x) { return detail::percent(x, 0); };
  Columns columns({"label", "count", "accuracy", "precision", "recall", "F1", "average precision"}, "<>>>>>>");
  const auto width = [](const std::string& name) { return std::min<std::size_t>(detail::characters(name), 24); };
  for (const LabelScore& s : scores)
    columns.row({detail::fitted(s.name, width(s.name)), std::to_string(s.count), percent(s.accuracy),
                 percent(s.precision), percent(s.recall), percent(s.f1), percent(s.average_precision)});
  const auto mean = [&](double LabelScore::*figure) { return percent(detail::mean_of(scores, figure)) + " %"; };
  return columns.text() + "mean accuracy " + mean(&LabelScore::accuracy) + ", mean F1 " + mean(&LabelScore::f1) +
         ", mean average precision " + mean(&LabelScore::average_precision) + "; all labels right in " +
         percent(labels.exact()) + " % of " + std::to_string(labels.total()) + " pictures\n";
}

}  // namespace tuneit::report
