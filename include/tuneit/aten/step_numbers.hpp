#pragma once
// Numbers that change from step to step, where a device computes: in one tensor there, written by one copy a step that
// the host does not wait for. What a kernel is handed as a number of the host is frozen where its launch is replayed.
#include <ATen/core/Tensor.h>
#include <ATen/ops/narrow_ops.h>
#include <ATen/ops/view_ops.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/weight_casts.hpp"

namespace tuneit {

/// The rate of a group of tensors on their device, each number 0-d and of their type.
struct DeviceRate {
  at::Tensor lr, minus_lr;
  at::Tensor kept;               ///< 1 - lr decay: of the weights, by decay that is no gradient
  WeightCasts* casts = nullptr;  ///< that a kernel of the step may write; null where there are none, or others move
};

/// Said in the same order in every step, then sent. On the CPU none are said, and nothing here is used.
class StepNumbers {
 public:
  explicit StepNumbers(at::Device device) : device_(device) {}

  [[nodiscard]] bool on_device() const { return !device_.is_cpu(); }
  /// Those of the next step are said from here on.
  void begin() {
    values_.clear();
    host_.clear();
    next_ = 0;
  }
  void say(double x) { values_.push_back(x); }
  void say_rate(double lr, double decay) {
    say(lr);
    say(-lr);
    say(1 - lr * decay);
  }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

  /// They are on their way. What was sent before is read by kernels that were launched before.
  void send() {
    if (values_.empty()) return;
    if (values_.size() > places_) make(values_.size());
    at::Tensor staged = aten::empty({bytes()}, at::TensorOptions(at::kByte).pinned_memory(true));
    auto* const to = static_cast<char*>(staged.mutable_data_ptr());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const double x = values_[i];
      const auto rounded = static_cast<float>(x);
      std::memcpy(to + i * sizeof x, &x, sizeof x);
      std::memcpy(to + places_ * sizeof x + i * sizeof rounded, &rounded, sizeof rounded);
    }
    there_.copy_(staged, /*non_blocking=*/true);
  }

  /// The i-th, 0-d on the device, of a number type: float32, or float64 for any other.
  [[nodiscard]] const at::Tensor& at(std::size_t i, at::ScalarType type) const {
    return type == at::kFloat ? single_[i] : wide_[i];
  }

  /// Casts of the weights that a step may write, until others are said.
  void set_casts(WeightCasts* casts) { casts_ = casts; }
  /// Rates are taken from the `first`-th number on.
  void rates_from(std::size_t first) { next_ = first; }
  /// The next one. Where it is another than was said, which is known only now, all are sent once more.
  [[nodiscard]] DeviceRate rate(double lr, double decay, at::ScalarType type) {
    const std::size_t i = next_;
    next_ += 3;
    const double now[] = {lr, -lr, 1 - lr * decay};
    if (values_.size() < next_) values_.resize(next_);
    if (!std::equal(now, now + 3, values_.begin() + static_cast<std::ptrdiff_t>(i))) {
      std::copy(now, now + 3, values_.begin() + static_cast<std::ptrdiff_t>(i));
      send();
      ++late_;
    }
    return {at(i, type), at(i + 1, type), at(i + 2, type), casts_};
  }
  /// How often a number was not what had been said.
  [[nodiscard]] const long long& late() const { return late_; }

  /// One that kernels are handed by the host all the same: where it changes, what was captured is of no use.
  void say_host(double x) { host_.push_back(x); }
  [[nodiscard]] const std::vector<double>& host() const { return host_; }

 private:
  [[nodiscard]] std::int64_t bytes() const {
    return static_cast<std::int64_t>(places_ * (sizeof(double) + sizeof(float)));
  }
  // In double precision, and behind them all in single.
  void make(std::size_t places) {
    places_ = places;
    there_ = aten::empty({bytes()}, at::TensorOptions(at::kByte).device(device_));
    const auto n = static_cast<std::int64_t>(places), wide = n * static_cast<std::int64_t>(sizeof(double));
    const at::Tensor doubles = at::_ops::view_dtype::call(at::_ops::narrow::call(there_, 0, 0, wide), at::kDouble),
                     floats = at::_ops::view_dtype::call(at::_ops::narrow::call(there_, 0, wide, bytes() - wide),
                                                         at::kFloat);
    wide_.clear();
    single_.clear();
    for (std::int64_t i = 0; i < n; ++i) {
      wide_.push_back(doubles.select(0, i));
      single_.push_back(floats.select(0, i));
    }
  }

  at::Device device_;
  std::vector<double> values_, host_;  ///< of this step
  std::size_t places_ = 0, next_ = 0;
  long long late_ = 0;
  WeightCasts* casts_ = nullptr;
  at::Tensor there_;
  std::vector<at::Tensor> wide_, single_;  ///< parts of it
};

}  // namespace tuneit
