#pragma once
// What is measured of a network beside its loss? A metric is a name here, and `Metric<M>` with LibTorch
// (engine/metric/metric.hpp): a sum on the device, a figure on the host.
//
//     struct Top2 : MetricTag { static constexpr std::string_view name = "top2"; };
#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/losses/outputs.hpp"
#include "tuneit/recipe/losses/targets.hpp"
#include "tuneit/recipe/metrics/own_metric.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons/losses.hpp"
#include "tuneit/verdict/reasons/metrics.hpp"

namespace tuneit {

/// A metric derives from it, and says its `name`: lower case, as a column of a table has it. It may say `static
/// constexpr bool takes(TargetKind)`, of which targets it means something, `lower_is_better` (of an error), and
/// `of_tests`: it is not measured in training.
struct MetricTag {
  static constexpr bool lower_is_better = false;
  static constexpr bool of_tests = false;
  static constexpr bool takes(TargetKind) { return true; }
};

namespace detail {
/// A metric of this library: its word is tested, so that nobody needs to ask it again.
struct ShippedMetric : MetricTag {
  using ships = void;
};
}  // namespace detail

/// How a metric is computed, declared without LibTorch: engine/metric/metric.hpp.
template <class M>
struct Metric;

namespace detail {

template <class M>
concept SaysMetricRun = requires {
  &Metric<M>::add;
  &Metric<M>::read;
  &Metric<M>::reset;
};

}  // namespace detail

/// Has anybody said how the metric is computed? `Accepted`, or a reason: asked where it is measured.
template <class M>
using metric_run_verdict = typename Demand<detail::SaysMetricRun<M>, MetricDoesNotRun<M>>::type;

/// The share of samples whose largest output is at their label. Counted of every loss of classes.
struct Accuracy : detail::ShippedMetric {
  static constexpr std::string_view name = "accuracy";
  static constexpr bool takes(TargetKind k) { return are_of_classes(k); }
};

/// Of several labels a sample, the share that is told right: the output is positive where the target is at least one
/// half. Counted of every loss of several labels.
struct LabelAccuracy : detail::ShippedMetric {
  static constexpr std::string_view name = "label_accuracy";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::MultiLabel; }
};

/// The mean of |output - target| over samples and outputs. Of a loss of values it is told of every test.
struct MeanAbsoluteError : detail::ShippedMetric {
  static constexpr std::string_view name = "mean_absolute_error";
  static constexpr bool lower_is_better = true;
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Values; }
};

/// F1 of each class, the mean over those that occur or are told (scikit-learn's `macro`). Of tokens those that have a
/// label.
struct MacroF1 : detail::ShippedMetric {
  static constexpr std::string_view name = "macro_f1";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Classes; }
};

/// Matthews' correlation of classes that are told with those that are right, of any number of classes.
struct Matthews : detail::ShippedMetric {
  static constexpr std::string_view name = "matthews";
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Classes; }
};

namespace detail {

constexpr std::size_t digits_of(int n) { return n < 10 ? 1 : 1 + digits_of(n / 10); }
/// "top5"
template <int K>
inline constexpr auto top_name = [] {
  std::array<char, 3 + digits_of(K)> text{'t', 'o', 'p'};
  for (auto [i, n] = std::pair(text.size(), K); i > 3; n /= 10) text[--i] = static_cast<char>('0' + n % 10);
  return text;
}();

}  // namespace detail

/// The share of samples whose label is among the K largest outputs; with fewer outputs, all are.
template <int K>
struct TopK : detail::ShippedMetric {
  static_assert(K > 0, "tuneit: TopK counts at least one output");
  static constexpr int least_outputs = K;
  static constexpr std::string_view name{detail::top_name<K>.data(), detail::top_name<K>.size()};
  static constexpr bool takes(TargetKind k) { return k == TargetKind::Classes; }
};

namespace detail {

/// Of how many outputs at least a metric means something.
template <class M>
inline constexpr int least_outputs = 0;
template <class M>
requires requires { M::least_outputs + 0; }
inline constexpr int least_outputs<M> = M::least_outputs;

/// "class_top5"
template <fixed_string Name, class M>
inline constexpr auto name_on = [] {
  std::array<char, Name.size() + 1 + std::string_view(M::name).size()> text{};
  std::size_t n = 0;
  for (const char c : std::string_view(Name.chars, Name.size())) text[n++] = c;
  text[n++] = '_';
  for (const char c : std::string_view(M::name)) text[n++] = c;
  return text;
}();

}  // namespace detail

/// The metric M of this output of the network; one that says nothing is of the first output whose loss has targets that
/// it takes.
template <fixed_string Name, class M>
struct On<Name, M> : MetricTag {
  using on = On<Name>;
  static constexpr std::string_view name{detail::name_on<Name, M>.data(), detail::name_on<Name, M>.size()};
  static constexpr bool lower_is_better = M::lower_is_better, of_tests = M::of_tests;
  static constexpr int least_outputs = detail::least_outputs<M>;
  static constexpr bool takes(TargetKind k) { return M::takes(k); }
};

namespace detail {

template <class M>
concept IsMetric = std::is_base_of_v<MetricTag, M> && requires {
  { M::name } -> std::convertible_to<std::string_view>;
  typename std::bool_constant<(std::string_view(M::name).size() > 0)>;
  { M::takes(TargetKind::Classes) } -> std::same_as<bool>;
  { M::lower_is_better } -> std::convertible_to<bool>;
};
template <class M>
struct JudgeMetric : judge_all<Demand<IsMetric<M>, NotAMetric<M>>, JudgeMetricMembers<M>> {};
template <fixed_string Name, class M>
struct JudgeMetric<On<Name, M>> : JudgeMetric<M> {};
// Judged with the whole recipe.
template <class M, class Parts>
struct JudgeMetricTargets;

template <class P>
concept SaysMetrics = requires {
  typename P::metrics;
};

}  // namespace detail

namespace slots {
struct Metrics {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysMetrics<P>, true, "metrics"}}};
};
struct Monitor {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysMetrics<P>, true, "metrics"}}};
};
}  // namespace slots

/// These are measured in training and tests, beside what the loss counts anyway: `e.validation.metric<TopK<5>>()` of an
/// EpochResult, and a column of log.csv.
template <class... Ms>
struct Metrics : PolicyTag {
  using slot = slots::Metrics;
  using metrics = List<Ms...>;
  template <class Model>
  using judge = judge_all<detail::JudgeMetric<Ms>...>;
  template <class Parts>
  using judge_recipe = judge_all<detail::JudgeMetricTargets<Ms, Parts>...>;
  static std::string sentence(const double*) {
    std::string text = "measures";
    ((text += (text.size() > 8 ? ", " : " ") + std::string(Ms::name)), ...);
    return text;
  }
};

/// What picks the best epoch, and what EarlyStop and a Plateau schedule watch: this metric of the validation split
/// (without one, of training) in the place of accuracy and loss.
template <class M>
struct Monitor : PolicyTag {
  using slot = slots::Monitor;
  using metrics = List<M>;
  using metric = M;
  template <class Model>
  using judge = detail::JudgeMetric<M>;
  template <class Parts>
  using judge_recipe = detail::JudgeMetricTargets<M, Parts>;
  static std::string sentence(const double*) {
    return std::string("the best epoch is that of the ") + (M::lower_is_better ? "lowest " : "highest ") +
           std::string(M::name);
  }
};

namespace detail {

struct NoMetrics {
  using metrics = List<>;
};
struct NoMonitor {
  using metrics = List<>;
  using metric = void;
};

}  // namespace detail
}  // namespace tuneit
