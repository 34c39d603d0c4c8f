#pragma once
// How far are predicted numbers from the true ones? No LibTorch.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/report/labels.hpp"

namespace tuneit::report {

/// Errors of one number, in its own unit. r2 is the share of the variance that is explained (1: all; 0: as much as the
/// mean does; NaN where the true numbers do not vary).
struct ErrorScore {
  std::string name;
  double mean_absolute_error = 0, rmse = 0, r2 = 0;
};

/// Outputs and targets of pictures with K numbers each.
class Regression {
 public:
  explicit Regression(std::vector<std::string> names) : names_(std::move(names)), sums_(names_.size()) {}

  /// K numbers each.
  void add(const float* outputs, const float* targets) {
    ++total_;
    for (std::size_t k = 0; k < names_.size(); ++k) {
      Sums& s = sums_[k];
      const double target = static_cast<double>(targets[k]), error = static_cast<double>(outputs[k]) - target;
      s.absolute += std::abs(error);
      s.squared += error * error;
      const double from_mean = target - s.mean;  // Welford's way: no difference of large sums
      s.mean += from_mean / static_cast<double>(total_);
      s.spread += from_mean * (target - s.mean);
    }
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] ErrorScore score(std::size_t number) const {
    const Sums& s = sums_[number];
    const auto n = static_cast<double>(total_);
    const double none = std::nan("");
    return {names_[number], total_ == 0 ? none : s.absolute / n, total_ == 0 ? none : std::sqrt(s.squared / n),
            s.spread > 0 ? 1 - s.squared / s.spread : none};
  }
  [[nodiscard]] std::vector<ErrorScore> scores() const {
    std::vector<ErrorScore> out;
    for (std::size_t k = 0; k < names_.size(); ++k) out.push_back(score(k));
    return out;
  }

 private:
  struct Sums {
    double absolute = 0, squared = 0, mean = 0, spread = 0;
  };
  std::vector<std::string> names_;
  std::vector<Sums> sums_;
  std::int64_t total_ = 0;
};

/// A line for each number.
inline std::string error_table(const Regression& regression) {
  Columns columns({"number", "mean absolute error", "RMSE", "R2"}, "<>>>");
  const auto text = [](double x) { return std::isnan(x) ? std::string("-") : short_number(x); };
  for (const ErrorScore& s : regression.scores())
    columns.row({detail::fitted(s.name, std::min<std::size_t>(detail::characters(s.name), 24)),
                 text(s.mean_absolute_error), text(s.rmse), text(s.r2)});
  return columns.text() + "R2: share of the variance that is explained; of " + std::to_string(regression.total()) +
         " pictures\n";
}

}  // namespace tuneit::report
