#pragma once
// Figures that need what was told of each class: counted on the device, made of the counts on the host
// (report/text/classes.hpp).
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/metric/metric.hpp"
#include "tuneit/report/text/classes.hpp"

namespace tuneit {

/// Of each class how often it was right and told, was right, was told. Tokens without a label count for nothing.
class CountsOfClasses {
 public:
  void add(const Outputs& y, const Targets& t) {
    const std::int64_t classes = y.only().size(-1) == 1 ? 2 : y.only().size(-1);
    const at::Tensor told = (y.only().size(-1) == 1 ? y.only().squeeze(-1).gt(0).to(at::kLong) : y.only().argmax(-1))
                                .reshape({-1}),
                     right = t.value.reshape({-1}), has = right.ne(no_label).to(at::kDouble),
                     known = right.clamp(0, classes - 1);
    if (!counts_.defined()) counts_ = aten::zeros({3, classes}, has.options());
    counts_[0].scatter_add_(0, known, told.eq(right).to(at::kDouble));
    counts_[1].scatter_add_(0, known, has);
    counts_[2].scatter_add_(0, told, has);
  }
  void reset() { counts_.reset(); }
  /// Of several processes.
  template <class Sum>
  void over(const Sum& sum) {
    double all[] = {counts_.defined() ? static_cast<double>(counts_.size(1)) : 0, counts_.defined() ? 1.0 : 0};
    sum(std::span<double>(all));
    if (all[1] == 0) return;  // nobody has seen a sample
    const at::Tensor here = counts_.defined() ? counts_.to(at::kCPU).contiguous()
                                              : aten::zeros({3, static_cast<std::int64_t>(all[0] / all[1])},
                                                            at::TensorOptions(at::kDouble));
    sum(std::span<double>(here.mutable_data_ptr<double>(), static_cast<std::size_t>(here.numel())));
    counts_ = counts_.defined() ? here.to(counts_.device()) : here;
  }
  /// Waits for the device. Empty of nothing.
  [[nodiscard]] std::vector<report::HitCounts> counts() const {
    if (!counts_.defined()) return {};
    const at::Tensor here = counts_.to(at::kCPU).contiguous();
    const double* const n = here.const_data_ptr<double>();
    const auto classes = static_cast<std::size_t>(here.size(1));
    const auto whole = [](double x) { return static_cast<std::int64_t>(x); };
    std::vector<report::HitCounts> all(classes);
    for (std::size_t k = 0; k < classes; ++k) all[k] = {whole(n[k]), whole(n[classes + k]), whole(n[2 * classes + k])};
    return all;
  }

 private:
  at::Tensor counts_;
};

template <>
struct Metric<MacroF1> : CountsOfClasses {
  [[nodiscard]] double read() const {
    const auto all = counts();
    return all.empty() ? std::nan("") : report::macro_f1_of(all);
  }
};
template <>
struct Metric<Matthews> : CountsOfClasses {
  /// As report::ClassCounts::matthews, which counts one by one.
  [[nodiscard]] double read() const {
    double hits = 0, samples = 0, both = 0, told = 0, right = 0;
    for (const report::HitCounts& c : counts()) {
      const auto p = static_cast<double>(c.predicted), t = static_cast<double>(c.gold);
      hits += static_cast<double>(c.hits), samples += t, both += p * t, told += p * p, right += t * t;
    }
    const double root = std::sqrt((samples * samples - told) * (samples * samples - right));
    return samples == 0 ? std::nan("") : root > 0 ? (hits * samples - both) / root : 0.0;
  }
};

}  // namespace tuneit
