#pragma once
// Which classes are taken for which? Counts, and what follows from them. No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include "tuneit/meta/error.hpp"

namespace tuneit::report {

/// Precision, recall and F1 of one class, NaN where they are 0/0: precision of a class that was never predicted,
/// recall of one that never occurred. `count` is how often it occurred.
struct ClassScore {
  std::string name;
  std::int64_t count = 0;
  double precision = 0.0, recall = 0.0, f1 = 0.0;
};

/// Counts of (true class, predicted class), whole numbers throughout: no batch means, so the order and the size of
/// batches cannot change a digit.
class Confusion {
 public:
  using Counts = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

  explicit Confusion(std::vector<std::string> classes)
      : classes_(std::move(classes)),
        counts_(Counts::Zero(static_cast<Eigen::Index>(classes_.size()), static_cast<Eigen::Index>(classes_.size()))) {}

  /// Throws ErrorKind::Data where a class number is out of range.
  void add(std::int64_t truth, std::int64_t predicted) {
    if (truth < 0 || predicted < 0 || truth >= counts_.rows() || predicted >= counts_.rows())
      throw Error(ErrorKind::Data, "The confusion matrix has " + std::to_string(classes_.size()) +
                                       " classes, not class " + std::to_string(truth) + " taken for " +
                                       std::to_string(predicted) + ".");
    ++counts_(truth, predicted);
  }
  void add(std::span<const std::int64_t> truth, std::span<const std::int64_t> predicted) {
    if (truth.size() != predicted.size())
      throw Error(ErrorKind::Data, "The confusion matrix got " + std::to_string(truth.size()) + " true classes but " +
                                       std::to_string(predicted.size()) + " predicted ones.");
    for (std::size_t i = 0; i < truth.size(); ++i) add(truth[i], predicted[i]);
  }

  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }  ///< row: true class, column: predicted
  [[nodiscard]] std::int64_t total() const { return counts_.sum(); }
  [[nodiscard]] double accuracy() const { return ratio(counts_.diagonal().sum(), total()); }

  /// Mean of the recalls of the classes that occurred (balanced accuracy).
  [[nodiscard]] double mean_recall() const {
    return mean([](const ClassScore& score) { return score.recall; });
  }
  /// Mean F1 of the classes that occurred (macro F1).
  [[nodiscard]] double mean_f1() const {
    return mean([](const ClassScore& score) { return score.f1; });
  }

  [[nodiscard]] ClassScore score(std::size_t label) const {
    const auto c = static_cast<Eigen::Index>(label);
    const std::int64_t hits = counts_(c, c), occurred = counts_.row(c).sum(), predicted = counts_.col(c).sum();
    return {classes_[label], occurred, ratio(hits, predicted), ratio(hits, occurred),
            ratio(2 * hits, occurred + predicted)};
  }
  [[nodiscard]] std::vector<ClassScore> scores() const {
    std::vector<ClassScore> out;
    for (std::size_t c = 0; c < classes_.size(); ++c) out.push_back(score(c));
    return out;
  }

 private:
  static double ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? std::nan("") : static_cast<double>(part) / static_cast<double>(whole);
  }
  template <class Field>
  double mean(Field field) const {
    double sum = 0.0;
    std::int64_t occurred = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c)
      if (const ClassScore one = score(c); one.count > 0) {
        sum += field(one);
        ++occurred;
      }
    return occurred == 0 ? std::nan("") : sum / static_cast<double>(occurred);
  }

  std::vector<std::string> classes_;
  Counts counts_;
};

namespace detail {

/// Bytes that start a character: what a terminal gives a column to (but for combining and wide characters).
inline std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The name in `width` columns: cut at a character with "..", or filled with spaces. Control characters (a folder's
/// name may hold a line break) become "?".
inline std::string fitted(std::string name, std::size_t width) {
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  if (characters(name) > width) {
    while (characters(name) > width - 2) name.pop_back();  // a byte at a time: the starting byte goes last
    name += "..";
  }
  return name + std::string(width - characters(name), ' ');
}

inline std::string percent(double value, int width = 7) {
  char buffer[32];
  if (std::isnan(value))
    std::snprintf(buffer, sizeof buffer, "%*s", width, "-");
  else
    std::snprintf(buffer, sizeof buffer, "%*.2f", width, 100.0 * value);
  return buffer;
}

}  // namespace detail

/// An aligned table: one line a class with its number, precision, recall and F1 in percent and the class it is most
/// often taken for; with at most `most_columns` classes also the counts. Of more than `most_rows` classes the worst
/// (by F1) are shown only.
inline std::string confusion_table(const Confusion& confusion, std::size_t most_rows = 15,
                                   std::size_t most_columns = 8) {
  const std::vector<ClassScore> scores = confusion.scores();
  std::vector<std::size_t> shown(scores.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  std::string out;
  if (shown.size() > most_rows) {
    const auto worth = [&](std::size_t c) { return std::isnan(scores[c].f1) ? 2.0 : scores[c].f1; };
    std::sort(shown.begin(), shown.end(),
              [&](std::size_t a, std::size_t b) { return std::pair(worth(a), a) < std::pair(worth(b), b); });
    shown.resize(most_rows);
    out += "The " + std::to_string(most_rows) + " worst of " + std::to_string(scores.size()) + " classes:\n";
  }
  std::size_t width = 5;
  for (const std::size_t c : shown)
    width = std::max(width, std::min<std::size_t>(detail::characters(scores[c].name), 24));
  const bool with_counts = scores.size() <= most_columns;

  out += detail::fitted("class", width) + "    count  precision   recall       F1";
  if (with_counts)
    for (const ClassScore& score : scores) out += "  " + detail::fitted(score.name, 8);
  else
    out += "  taken for";
  out += '\n';
  for (const std::size_t c : shown) {
    char count[32];
    std::snprintf(count, sizeof count, "%9lld", static_cast<long long>(scores[c].count));
    out += detail::fitted(scores[c].name, width) + count + "    " + detail::percent(scores[c].precision) + "  " +
           detail::percent(scores[c].recall) + "  " + detail::percent(scores[c].f1);
    auto row = confusion.counts().row(static_cast<Eigen::Index>(c)).eval();
    if (with_counts) {
      for (const std::int64_t n : row) out += "  " + detail::fitted(std::to_string(n), 8);
    } else {
      row(static_cast<Eigen::Index>(c)) = 0;
      Eigen::Index other = 0;
      const std::int64_t often = row.maxCoeff(&other);
      if (often > 0)
        out += "  " + detail::fitted(scores[static_cast<std::size_t>(other)].name, width) + " " + std::to_string(often);
    }
    out += '\n';
  }
  out += "accuracy " + detail::percent(confusion.accuracy(), 0) + " %, mean recall " +
         detail::percent(confusion.mean_recall(), 0) + " %, mean F1 " + detail::percent(confusion.mean_f1(), 0) +
         " %, of " + std::to_string(confusion.total()) + " pictures\n";
  return out;
}

}  // namespace tuneit::report
