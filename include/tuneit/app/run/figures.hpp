#pragma once
// How good is a model on test pictures? The figures that belong to what it learns: classes, labels or numbers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/quote.hpp"
#include "tuneit/recipe/losses/targets.hpp"
#include "tuneit/report/confusion.hpp"
#include "tuneit/report/labels.hpp"
#include "tuneit/report/regression.hpp"

namespace tuneit::app {
namespace detail {

// JSON has no NaN: what was not measured is null.
inline nlohmann::json number(double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(nullptr); }

}  // namespace detail

/// Classes are judged by a confusion matrix (targets that are probabilities of classes by the most probable one),
/// several labels each by itself, predicted numbers by their errors.
class Figures {
 public:
  Figures(TargetKind kind, bool targets, std::vector<std::string> names)
      : targets_(targets), report_(report::Confusion({})) {
    for (std::string& name : names) name = io::utf8_text(name);  // for a table and a file that are UTF-8
    report_ = report::Confusion(names);
    if (targets && kind == TargetKind::Values)
      report_ = report::Regression(names);
    else if (targets && kind == TargetKind::MultiLabel)
      report_ = report::Labels(names);
  }

  /// One picture, and so many outputs: as many as names, or one of two classes.
  void add(const data::Sample& sample, const float* outputs, std::size_t count) {
    const float* const targets = sample.targets.data();
    if (auto* const errors = std::get_if<report::Regression>(&report_)) return errors->add(outputs, targets);
    if (auto* const labels = std::get_if<report::Labels>(&report_)) return labels->add(outputs, targets);
    const auto largest = [](const float* of, std::size_t n) { return std::max_element(of, of + n) - of; };
    const std::int64_t chosen = count == 1 ? (outputs[0] > 0 ? 1 : 0) : largest(outputs, count);
    std::get<report::Confusion>(report_).add(targets_ ? largest(targets, count) : sample.label, chosen);
  }

  /// For people.
  [[nodiscard]] std::string table() const {
    if (const auto* const errors = std::get_if<report::Regression>(&report_)) return report::error_table(*errors);
    if (const auto* const labels = std::get_if<report::Labels>(&report_)) return report::label_table(*labels);
    return report::confusion_table(std::get<report::Confusion>(report_));
  }

  /// For result.json: an object for each class, label or number.
  [[nodiscard]] nlohmann::json json() const {
    using detail::number;
    nlohmann::json all = nlohmann::json::array();
    if (const auto* const errors = std::get_if<report::Regression>(&report_)) {
      for (const report::ErrorScore& s : errors->scores())
        all.push_back({{"name", s.name},
                       {"mean_absolute_error", number(s.mean_absolute_error)},
                       {"rmse", number(s.rmse)},
                       {"r2", number(s.r2)}});
      return all;
    }
    if (const auto* const labels = std::get_if<report::Labels>(&report_)) {
      for (const report::LabelScore& s : labels->scores())
        all.push_back({{"name", s.name},
                       {"count", s.count},
                       {"accuracy", number(s.accuracy)},
                       {"precision", number(s.precision)},
                       {"recall", number(s.recall)},
                       {"f1", number(s.f1)},
                       {"average_precision", number(s.average_precision)}});
      return all;
    }
    for (const report::ClassScore& s : std::get<report::Confusion>(report_).scores())
      all.push_back({{"name", s.name},
                     {"count", s.count},
                     {"precision", number(s.precision)},
                     {"recall", number(s.recall)},
                     {"f1", number(s.f1)}});
    return all;
  }

 private:
  bool targets_;
  std::variant<report::Confusion, report::Labels, report::Regression> report_;
};

}  // namespace tuneit::app
