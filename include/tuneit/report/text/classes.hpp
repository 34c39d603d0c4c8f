#pragma once
// How good are predicted classes, in the figures of text tasks: F1 in its four averages, Matthews' correlation? Whole
// numbers are counted, so neither the order nor the size of batches can change a digit. No LibTorch.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tuneit/meta/error.hpp"

namespace tuneit::report {

/// What was found, what there was, what was predicted; and what follows, 0 where it is 0/0 (as scikit-learn has it).
struct HitCounts {
  std::int64_t hits = 0, gold = 0, predicted = 0;

  HitCounts& operator+=(const HitCounts& other) {
    hits += other.hits;
    gold += other.gold;
    predicted += other.predicted;
    return *this;
  }
  friend bool operator==(const HitCounts&, const HitCounts&) = default;
  [[nodiscard]] double precision() const { return share(hits, predicted); }
  [[nodiscard]] double recall() const { return share(hits, gold); }
  [[nodiscard]] double f1() const { return share(2 * hits, gold + predicted); }

  static double share(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

/// The mean over `counts` of those that occur (in the truth or predicted), and the mean weighted by how often they do
/// in the truth.
template <class Range>
double macro_f1_of(const Range& counts) {
  double sum = 0;
  std::int64_t n = 0;
  for (const HitCounts& c : counts)
    if (c.gold + c.predicted > 0) {
      sum += c.f1();
      ++n;
    }
  return n == 0 ? 0.0 : sum / static_cast<double>(n);
}
template <class Range>
double weighted_f1_of(const Range& counts) {
  double sum = 0;
  std::int64_t gold = 0;
  for (const HitCounts& c : counts) {
    sum += c.f1() * static_cast<double>(c.gold);
    gold += c.gold;
  }
  return gold == 0 ? 0.0 : sum / static_cast<double>(gold);
}

/// One of K classes for each text.
class ClassCounts {
 public:
  explicit ClassCounts(std::size_t classes) : counts_(classes) {}

  /// Throws ErrorKind::Data where a class number is out of range.
  void add(std::int64_t truth, std::int64_t predicted) {
    const auto size = static_cast<std::int64_t>(counts_.size());
    if (truth < 0 || predicted < 0 || truth >= size || predicted >= size)
      throw Error(ErrorKind::Data, "There are " + std::to_string(size) + " classes, not class " +
                                       std::to_string(truth) + " taken for " + std::to_string(predicted) + ".");
    ++counts_[static_cast<std::size_t>(truth)].gold;
    ++counts_[static_cast<std::size_t>(predicted)].predicted;
    if (truth == predicted) ++counts_[static_cast<std::size_t>(truth)].hits;
  }
  /// Adds what another process or thread has counted. Throws ErrorKind::Data where it has other classes.
  void merge(const ClassCounts& other) {
    if (other.counts_.size() != counts_.size())
      throw Error(ErrorKind::Data, "Counts of " + std::to_string(counts_.size()) + " and of " +
                                       std::to_string(other.counts_.size()) + " classes cannot be merged.");
    for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other.counts_[k];
  }

  [[nodiscard]] const std::vector<HitCounts>& counts() const { return counts_; }
  [[nodiscard]] HitCounts all() const {
    HitCounts sum;
    for (const HitCounts& c : counts_) sum += c;
    return sum;
  }
  [[nodiscard]] std::int64_t total() const { return all().gold; }
  [[nodiscard]] double accuracy() const { return all().recall(); }

  /// Of one class against all others (scikit-learn's average="binary" with this pos_label).
  [[nodiscard]] double binary_f1(std::size_t positive = 1) const { return counts_.at(positive).f1(); }
  /// The accuracy, where each text has one class.
  [[nodiscard]] double micro_f1() const { return all().f1(); }
  /// The mean over the classes that occur or are predicted (scikit-learn without `labels`).
  [[nodiscard]] double macro_f1() const { return macro_f1_of(counts_); }
  [[nodiscard]] double weighted_f1() const { return weighted_f1_of(counts_); }

  /// Matthews' correlation of K classes (Gorodkin, Comparing two K-category assignments by a K-category correlation
  /// coefficient, 2004): (c s - sum p_k t_k) / sqrt((s^2 - sum p_k^2)(s^2 - sum t_k^2)), with c of s right, class k
  /// predicted p_k times and true t_k times; 0 where the root is 0.
  [[nodiscard]] double matthews() const {
    const auto number = [](std::int64_t n) { return static_cast<double>(n); };
    const HitCounts sum = all();
    double both = 0, predicted = 0, gold = 0;
    for (const HitCounts& c : counts_) {
      both += number(c.predicted) * number(c.gold);
      predicted += number(c.predicted) * number(c.predicted);
      gold += number(c.gold) * number(c.gold);
    }
    const double s = number(sum.gold), root = std::sqrt((s * s - predicted) * (s * s - gold));
    return root > 0 ? (number(sum.hits) * s - both) / root : 0.0;
  }

 private:
  std::vector<HitCounts> counts_;
};

/// Any of K labels for each text.
class LabelCounts {
 public:
  explicit LabelCounts(std::size_t labels) : counts_(labels) {}

  /// K answers each, yes or no. Throws ErrorKind::Data where there are not K.
  void add(const std::vector<bool>& truth, const std::vector<bool>& predicted) {
    if (truth.size() != counts_.size() || predicted.size() != counts_.size())
      throw Error(ErrorKind::Data, "There are " + std::to_string(counts_.size()) + " labels, not " +
                                       std::to_string(truth.size()) + " and " + std::to_string(predicted.size()) + ".");
    for (std::size_t k = 0; k < counts_.size(); ++k)
      counts_[k] += {truth[k] && predicted[k] ? 1 : 0, truth[k] ? 1 : 0, predicted[k] ? 1 : 0};
    ++total_;
    exact_ += truth == predicted ? 1 : 0;
  }
  void merge(const LabelCounts& other) {
    if (other.counts_.size() != counts_.size())
      throw Error(ErrorKind::Data, "Counts of " + std::to_string(counts_.size()) + " and of " +
                                       std::to_string(other.counts_.size()) + " labels cannot be merged.");
    for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other.counts_[k];
    total_ += other.total_;
    exact_ += other.exact_;
  }

  [[nodiscard]] const std::vector<HitCounts>& counts() const { return counts_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] double micro_f1() const {
    HitCounts sum;
    for (const HitCounts& c : counts_) sum += c;
    return sum.f1();
  }
  /// The mean over all labels, 0 for one that neither occurs nor is predicted (scikit-learn's rule for several labels).
  [[nodiscard]] double macro_f1() const {
    double sum = 0;
    for (const HitCounts& c : counts_) sum += c.f1();
    return counts_.empty() ? 0.0 : sum / static_cast<double>(counts_.size());
  }
  /// The share of texts of which all labels are right.
  [[nodiscard]] double subset_accuracy() const { return HitCounts::share(exact_, total_); }

 private:
  std::vector<HitCounts> counts_;
  std::int64_t total_ = 0, exact_ = 0;
};

}  // namespace tuneit::report
