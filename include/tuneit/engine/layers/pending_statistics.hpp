#pragma once
// What a forward pass has learned of its batch for running statistics. They move when the step is known to be good, and
// not before: a step that fails leaves nothing behind, and a pass that is only a second look moves nothing.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tuneit {

/// Statistics of a batch, waiting to be committed. One of them is used again in every step: what it allocated it keeps.
class PendingStatistics {
 public:
  /// A batch norm's mean and biased variance per channel over `count` values of each, more than one.
  /// t: weight, bias, running mean, running variance, count of batches.
  void add(const at::Tensor* t, double momentum, double count, const std::vector<double>& mean,
           const std::vector<double>& variance) {
    norms_.push_back({t[2], t[3], t[4], momentum, count / (count - 1)});
    values_.insert(values_.end(), mean.begin(), mean.end());
    values_.insert(values_.end(), variance.begin(), variance.end());
  }

  /// A copy of a buffer for who moves it in place: its values become the buffer's.
  [[nodiscard]] at::Tensor ahead(const at::Tensor& buffer) {
    moved_.push_back({buffer, buffer.clone()});
    return moved_.back().value;
  }

  /// Running statistics move: running = (1 - momentum) running + momentum * batch, the variance unbiased (torch's
  /// rule). `bad`: a number on the device, not 0 where the step is left out; then nothing moves, and the host need not
  /// know.
  void commit(const at::Tensor& bad = {}) {
    if (norms_.empty() && moved_.empty()) return;
    if (!bad.defined() || (bad.is_cpu() && bad.item<double>() == 0)) {
      const double* of_batch = values_.data();
      for (const Norm& n : norms_) {
        of_batch = move(n.mean, of_batch, n.momentum, 1);
        of_batch = move(n.variance, of_batch, n.momentum, n.correction);
        ++*n.count.mutable_data_ptr<std::int64_t>();
      }
      for (const Moved& m : moved_) m.buffer.copy_(m.value);
    } else if (!bad.is_cpu()) {
      const at::Tensor good = bad.reshape({}).eq(0);
      for (const Moved& m : moved_) m.buffer.copy_(m.value.where(good, m.buffer));
    }
    drop();
  }

  /// They are forgotten.
  void drop() {
    norms_.clear();
    values_.clear();
    moved_.clear();
  }

 private:
  struct Norm {
    at::Tensor mean, variance, count;
    double momentum, correction;
  };
  struct Moved {
    at::Tensor buffer, value;
  };

  // In double precision, rounded once.
  template <class T>
  static void move(T* running, const double* of_batch, std::size_t size, double momentum, double correction) {
    for (std::size_t c = 0; c < size; ++c) {
      const auto now = static_cast<double>(running[c]);
      running[c] = static_cast<T>(now + momentum * (of_batch[c] * correction - now));
    }
  }
  [[gnu::noinline]] static const double* move(const at::Tensor& running, const double* of_batch, double momentum,
                                              double correction) {
    const auto size = static_cast<std::size_t>(running.numel());
    if (running.scalar_type() == at::kDouble)
      move(running.mutable_data_ptr<double>(), of_batch, size, momentum, correction);
    else
      move(running.mutable_data_ptr<float>(), of_batch, size, momentum, correction);
    return of_batch + size;
  }

  std::vector<Norm> norms_;
  std::vector<double> values_;  ///< of each norm: means, then variances
  std::vector<Moved> moved_;
};

}  // namespace tuneit
