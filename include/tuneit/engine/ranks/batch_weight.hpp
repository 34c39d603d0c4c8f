#pragma once
// How much of the whole batch is this process's part? What its labels weigh, of what those of all do.
#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tuneit/aten/device_scalar.hpp"
#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/ranks/group.hpp"

namespace tuneit::detail {

/// Of N lists of targets, each with what is mixed into it: the 2 i-th weight is that of the i-th list, the next one of
/// what is mixed in. With class weights they are numbers of a device where labels lie there, and stay there: only what
/// the hosts say is waited for.
template <std::size_t N>
class BatchWeight {
 public:
  using Weights = std::array<DeviceScalar, 2 * N>;

  /// A step of several batches begins.
  void begin_window() { window_own_ = window_all_ = 0.0; }
  /// The weights of the batch at hand; they are added up while the forward pass runs.
  void begin(ranks::Group& group, const Weights& own) {
    if (!said_.defined()) said_ = aten::zeros({static_cast<std::int64_t>(2 * N + 1)}, at::kDouble);
    own_ = own;
    double* const to = said_.mutable_data_ptr<double>();
    bool there = false;
    for (std::size_t i = 0; i < 2 * N; ++i) {
      there = there || own[i].on_device();
      to[i] = group.counts && !own[i].on_device() ? static_cast<double>(own[i]) : 0;
    }
    to[2 * N] = group.wants_stop ? 1 : 0;
    summed_there_.reset();
    if (there) {
      std::vector<at::Tensor> all;
      for (const DeviceScalar& one : own) all.push_back(beside(one, own));
      summed_there_ = aten::stack(all);
      if (!group.counts) summed_there_.zero_();
      there_ = group.sum(summed_there_);
    }
    heard_ = group.sum(said_);
  }

  /// What all said is known: once for a batch, before its first `share`. `window`: a step has several batches.
  void know(ranks::Group& group, bool window) {
    if (!heard_) return;  // of a second pass over the batch
    std::exchange(heard_, nullptr)->wait();
    if (there_) std::exchange(there_, nullptr)->wait();
    if (window) {
      window_own_ += own_[0];
      window_all_ += all(0);
    }
    group.agreed_stop = said_.const_data_ptr<double>()[2 * N] > 0;
  }

  /// The share of the i-th weight.
  [[nodiscard]] DeviceScalar share(std::size_t i) const { return divided(own_[i], all(i)); }
  /// Are the shares of a list and of what is mixed into it known to be one?
  [[nodiscard]] bool same_shares(std::size_t list) const {
    const DeviceScalar &a = own_[2 * list], &b = own_[2 * list + 1];
    if (a.on_device() || b.on_device()) return a.tensor().is_same(b.tensor());
    return static_cast<double>(share(2 * list)) == static_cast<double>(share(2 * list + 1));
  }
  /// That of all batches of a step so far, those here that stand in for none with them.
  [[nodiscard]] DeviceScalar window_share() const { return divided(window_own_, window_all_); }

 private:
  [[nodiscard]] DeviceScalar all(std::size_t i) const {
    if (summed_there_.defined()) return summed_there_.select(0, static_cast<std::int64_t>(i));
    return said_.const_data_ptr<double>()[i];
  }
  static at::Tensor beside(const DeviceScalar& x, const Weights& others) {
    if (x.on_device()) return x.tensor().to(at::kDouble);
    for (const DeviceScalar& one : others)
      if (one.on_device()) return aten::full({}, static_cast<double>(x), one.tensor().options().dtype(at::kDouble));
    return {};
  }
  // Of nothing: 0.
  static DeviceScalar divided(const DeviceScalar& a, const DeviceScalar& b) {
    if (a.on_device()) return a.tensor().div(b.tensor()).nan_to_num_(0, 0, 0);
    return static_cast<double>(b) > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0;
  }

  Weights own_;
  DeviceScalar window_own_, window_all_;
  at::Tensor said_, summed_there_;
  std::unique_ptr<ranks::Work> heard_, there_;
};

/// x *= by, wherever the number is.
inline void scale_by(const at::Tensor& x, const DeviceScalar& by) {
  if (by.on_device())
    at::Tensor(x).mul_(by.tensor().to(x.scalar_type()));
  else
    at::Tensor(x).mul_(static_cast<double>(by));
}

}  // namespace tuneit::detail
