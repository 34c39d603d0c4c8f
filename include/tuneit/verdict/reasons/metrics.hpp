#pragma once
// Reasons for a refusal: metrics.
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A metric without MetricTag, or without a name.
template <class Thing>
struct NotAMetric : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAMetric, Ok>,
                  "tuneit: this is no metric: a struct with MetricTag as its base and `static constexpr "
                  "std::string_view name`, and where it says them `static constexpr bool takes(TargetKind)` and "
                  "`static constexpr bool lower_is_better`");
    return Ok;
  }
};

/// A metric that means nothing for what the loss is told.
template <class Metric, class Loss>
struct MetricDoesNotFit : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<MetricDoesNotFit, Ok>,
                  "tuneit: this metric means nothing for the targets of the loss: Accuracy is of classes and labels, "
                  "TopK<K> of at least K classes, LabelAccuracy of several labels, MeanAbsoluteError of values, "
                  "EntityF1 of tags, ExactMatch and AnswerF1 of SpanLoss");
    return Ok;
  }
};

/// A metric of one's own of which nobody has said how it is computed.
template <class M>
struct MetricDoesNotRun : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<MetricDoesNotRun, Ok>,
                  "tuneit: nobody says how this metric is computed: specialise tuneit::Metric for it, with `void "
                  "add(const Outputs& y, const Targets& t)`, `double read() const` and `void reset()`");
    return Ok;
  }
};

}  // namespace tuneit
