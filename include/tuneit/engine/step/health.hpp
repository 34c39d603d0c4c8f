#pragma once
// Is a training on a device in order, where the host does not look at each step? On the CPU a loss that is no number is
// thrown at once, and nothing here is used.
#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

#include "tuneit/aten/make.hpp"

namespace tuneit {

/// What went wrong on a device: gathered there step by step, read when it has arrived here. From the first bad batch on
/// nothing moves (see `bad`) until it is told, so what the host learns late is told of a training that stands still.
class Health {
 public:
  /// Of a step, counted from 1.
  struct Finding {
    long long step;
    bool label;  ///< a label was no class; else the loss was not finite
  };

  /// Has anything been looked at? Never on the CPU.
  [[nodiscard]] bool looks() const { return state_.defined(); }

  /// The loss of a batch, a number on the device, and where it is defined, whether a label was no class. Waits for
  /// nothing.
  void look(const at::Tensor& loss, const at::Tensor& outside) {
    if (!state_.defined()) make(loss.device());
    bad_.masked_fill_(loss.sub(loss).ne(0), 1);  // infinity - infinity is no number
    if (!outside.defined()) return;
    flags_.masked_fill_(outside, 1);
  }

  /// 1 ([1], float, on the device) from the first bad batch on, else 0: what the optimizer is told. Undefined where
  /// nothing looks.
  [[nodiscard]] const at::Tensor& bad() const { return bad_; }

  /// A step is over, the `step`-th. What is known is sent to the host, unless the last sending is still on its way.
  void end_step(long long step) {
    counts_.add_(flags_);
    if (sent_) return;
    seen_.copy_(state_, /*non_blocking=*/true);
    const c10::Device device = state_.device();
    arrived_->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    sent_ = step;
  }

  /// What went wrong first, once. `wait`: in all steps up to the last one, the `step`-th; else as far as it has
  /// arrived.
  std::optional<Finding> found(bool wait, long long step) {
    if (!looks()) return std::nullopt;
    const bool arrived = !wait && sent_ && arrived_->query();
    if (!wait && !arrived) return std::nullopt;
    const at::Tensor now = wait ? state_.to(at::kCPU) : seen_;
    const long long at = wait ? step : *sent_;
    sent_.reset();
    const float* const values = now.const_data_ptr<float>();
    if (values[0] == 0) return std::nullopt;
    const Finding first{at - static_cast<long long>(values[2]) + 1, values[3] > 0 && values[3] >= values[2]};
    forget();
    return first;
  }

  /// As if nothing had been looked at.
  void forget() {
    if (looks()) state_.zero_();
    sent_.reset();
  }

 private:
  void make(c10::Device device) {
    state_ = aten::zeros({4}, at::TensorOptions(at::kFloat).device(device));
    flags_ = state_.narrow(0, 0, 2);
    counts_ = state_.narrow(0, 2, 2);
    bad_ = state_.narrow(0, 0, 1);
    seen_ = aten::zeros({4}, at::TensorOptions(at::kFloat).pinned_memory(true));
    arrived_.emplace(device.type());
  }

  at::Tensor state_;                 ///< bad, label; steps since each of them
  at::Tensor flags_, counts_, bad_;  ///< parts of it
  at::Tensor seen_;                  ///< on the host, page-locked: as it was after step `sent_`
  std::optional<c10::Event> arrived_;
  std::optional<long long> sent_;
};

}  // namespace tuneit
