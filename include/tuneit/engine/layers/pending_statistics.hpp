#pragma once
// What a forward pass has learned of its batch for running statistics. They move when the step is known to be good, and
// not before: a step that fails leaves nothing behind, and a pass that is only a second look moves nothing.
#include <ATen/core/Tensor.h>
#include <ATen/ops/eq_ops.h>
#include <ATen/ops/where_ops.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"

namespace tuneit {

namespace detail {

/// Copies of buffers, for who moves these in place. Steps ask for the same ones in the same order, so they are made
/// once, side by side: in each step a few calls for all of them, which is what counts on a GPU.
class BuffersAhead {
 public:
  /// A copy of the next buffer.
  at::Tensor next(const at::Tensor& buffer) {
    if (used_ == buffers_.size() || !buffers_[used_].is_same(buffer)) {  // other ones than before, from here on
      buffers_.resize(used_);
      copies_.resize(used_);
      flat_.reset();
      buffers_.push_back(buffer);
      copies_.push_back(buffer.clone());
    }
    return copies_[used_++];
  }
  /// The copies have the values of the buffers again.
  void begin() {
    used_ = 0;
    if (buffers_.empty()) return;
    if (!flat_.defined() || both_.size() != 2 * buffers_.size()) lay_out();
    if (flat_.defined())
      aten::foreach_copy_(both_, twice_);
    else
      aten::foreach_copy_(copies_, buffers_);
  }
  /// The buffers take the values of the copies, unless `bad`, a bool on the device.
  void commit(const at::Tensor& bad) {
    if (used_ == 0) return;
    buffers_.resize(used_);
    copies_.resize(used_);
    if (!bad.defined()) {
      aten::foreach_copy_(buffers_, copies_);
    } else if (flat_.defined()) {
      at::_ops::where_self_out::call(bad, before_, flat_, flat_);
      aten::foreach_copy_(buffers_, copies_);
    } else {
      for (std::size_t i = 0; i < used_; ++i) buffers_[i].copy_(buffers_[i].where(bad, copies_[i]));
    }
    used_ = 0;
  }
  void drop() { used_ = 0; }
  [[nodiscard]] bool any() const { return used_ > 0; }

 private:
  void lay_out() {
    std::int64_t size = 0, at = 0;
    flat_.reset();
    both_.clear();
    for (const at::Tensor& b : buffers_) {
      if (b.scalar_type() != buffers_.front().scalar_type()) return;
      size += b.numel();
    }
    flat_ = aten::zeros({size}, buffers_.front().options());
    before_ = aten::zeros_like(flat_);
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      copies_[i] = flat_.narrow(0, at, buffers_[i].numel()).view(buffers_[i].sizes());
      both_.push_back(before_.narrow(0, at, buffers_[i].numel()).view(buffers_[i].sizes()));
      at += buffers_[i].numel();
    }
    both_.insert(both_.end(), copies_.begin(), copies_.end());
    twice_ = buffers_;
    twice_.insert(twice_.end(), buffers_.begin(), buffers_.end());
  }

  std::vector<at::Tensor> buffers_, copies_;
  std::vector<at::Tensor> both_, twice_;  ///< parts of before_ and the copies, which are filled together, and of what
  at::Tensor flat_, before_;  ///< all copies, and as they were; undefined until they are laid out, and of several types
  std::size_t used_ = 0;      ///< of them, in this step
};

}  // namespace detail

/// Statistics of a batch, waiting to be committed. One of them is used again in every step: what it allocated it keeps.
class PendingStatistics {
 public:
  /// Of the next batch; those that were not committed are forgotten.
  void begin() {
    drop();
    for (detail::BuffersAhead& b : ahead_) b.begin();
  }

  /// A batch norm's mean and biased variance per channel over `count` values of each, more than one.
  /// t: weight, bias, running mean, running variance, count of batches.
  void add(const at::Tensor* t, double momentum, double count, const std::vector<double>& mean,
           const std::vector<double>& variance) {
    buffers_.insert(buffers_.end(), t + 2, t + 5);
    values_.push_back(momentum);
    values_.push_back(count / (count - 1));  // of the variance: unbiased
    values_.insert(values_.end(), mean.begin(), mean.end());
    values_.insert(values_.end(), variance.begin(), variance.end());
  }

  /// A copy of a buffer for who moves it in place: its values become the buffer's.
  [[nodiscard]] at::Tensor ahead(const at::Tensor& buffer) {
    const at::ScalarType type = buffer.scalar_type();
    return ahead_[type == at::kFloat ? 0 : type == at::kDouble ? 1 : 2].next(buffer);
  }
  /// A count of batches that goes up by one.
  void count(const at::Tensor& batches) { counts_.push_back(batches); }

  /// Running statistics move: running = (1 - momentum) running + momentum * batch, the variance unbiased (torch's
  /// rule). `bad`: a number on the device, not 0 where the step is left out; then nothing moves, and the host need not
  /// know.
  void commit(const at::Tensor& bad = {}) {
    if (buffers_.empty() && counts_.empty() && !ahead_[0].any() && !ahead_[1].any() && !ahead_[2].any()) return;
    if (bad.defined() && !bad.is_cpu()) {
      const at::Tensor left_out = bad.reshape({}).ne(0);
      move_copies(left_out);
      if (!counts_.empty()) {
        at::Tensor one = aten::empty({}, counts_.front().options().device(bad.device()));
        aten::foreach_add_(counts_, at::_ops::eq_Scalar_out::call(bad.reshape({}), 0, one));
      }
    } else if (!bad.defined() || bad.item<double>() == 0) {
      const double* v = values_.data();
      for (std::size_t i = 0; i < buffers_.size(); i += 3) {
        const double momentum = v[0], correction = v[1];
        v = move(buffers_[i], v + 2, momentum, 1);
        v = move(buffers_[i + 1], v, momentum, correction);
        ++*buffers_[i + 2].mutable_data_ptr<std::int64_t>();
      }
      move_copies({});
      if (!counts_.empty()) aten::foreach_add_(counts_, 1);
    }
    drop();
  }

  /// They are forgotten.
  void drop() {
    buffers_.clear();
    values_.clear();
    counts_.clear();
    for (detail::BuffersAhead& b : ahead_) b.drop();
  }

 private:
  void move_copies(const at::Tensor& left_out) {
    for (detail::BuffersAhead& b : ahead_) b.commit(left_out);
  }
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

  std::vector<at::Tensor> buffers_;  ///< of our kernels' norms: mean, variance, count of each
  std::vector<double> values_;       ///< of each: momentum, correction, means, variances
  std::vector<at::Tensor> counts_;
  std::array<detail::BuffersAhead, 3> ahead_;  ///< of floats, of doubles, of others
};

/// Of a network without buffers: there are none, and a step does nothing about them.
struct NoStatistics {
  static void begin() {}
  static void commit(const at::Tensor& = {}) {}
  static void drop() {}
};

}  // namespace tuneit
