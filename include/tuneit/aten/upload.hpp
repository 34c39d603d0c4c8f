#pragma once
// How do tensors of the host come to a device while it computes? On a stream of their own, from page-locked memory.
// Streams and events are those of LibTorch for any device, so this needs no header of CUDA.
#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "tuneit/aten/make.hpp"

namespace tuneit::aten {

/// Copies batches of tensors to a device beside what it computes, from the first to the last without the host waiting.
/// Two batches have memory there: while one is read, the next one comes. That of a batch is taken again by the next but
/// one, behind all that was sent to the device meanwhile; what somebody still holds then is left to them, and new
/// memory taken. Of one thread at a time.
class Upload {
 public:
  /// `device`: not the CPU.
  explicit Upload(c10::Device device)
      : device_(device),
        guard_(device.type()),
        stream_(guard_.getStreamFromGlobalPool(device)),
        slots_{{device.type(), device.type()}},
        copied_(device.type()) {}

  [[nodiscard]] c10::Device device() const { return device_; }

  /// Each tensor of the host becomes one on the device: for all that is sent to the current stream from now on. Others
  /// stay as they are. What lies in ordinary memory goes through page-locked memory, by a copy on the host.
  void operator()(std::span<at::Tensor* const> batch) {
    bool any = false;
    for (const at::Tensor* t : batch) any = any || (t->defined() && t->is_cpu());
    if (!any) return;
    const c10::InferenceMode may_be_trained_on(false);
    const c10::Stream computes = guard_.getStream(device_);
    slots_[turn_].read.record(computes);  // whatever reads the last batch has been sent
    turn_ = 1 - turn_;
    Slot& slot = slots_[turn_];
    slot.read.block(stream_);
    std::size_t at = 0;
    for (at::Tensor* t : batch) {
      if (!t->defined() || !t->is_cpu()) continue;
      if (slot.buffers.size() == at) slot.buffers.emplace_back();
      *t = copied(page_locked(*t), slot.buffers[at++]);
    }
    copied_.record(stream_);
    copied_.block(computes);
  }

 private:
  struct Slot {
    Slot(c10::DeviceType type) : read(type) {}
    c10::Event read;  ///< all that reads this slot's tensors has run
    std::vector<at::Tensor> buffers{};
  };

  static at::Tensor page_locked(const at::Tensor& t) {
    if (t.is_pinned() && t.is_contiguous(t.suggest_memory_format())) return t;
    const at::Tensor locked = empty(t.sizes(), t.options().pinned_memory(true), t.suggest_memory_format());
    return locked.copy_(t);
  }

  at::Tensor copied(const at::Tensor& from, at::Tensor& buffer) {
    const std::int64_t rows = from.dim() > 0 ? from.size(0) : 1;
    if (!fits(from, buffer)) {
      buffer =
          empty(from.sizes(), from.options().pinned_memory(std::nullopt).device(device_), from.suggest_memory_format());
      guard_.recordDataPtrOnStream(buffer.storage().data_ptr(), stream_);
      slots_[1 - turn_].read.block(stream_);  // the memory may be that of something which is computed yet
    }
    at::Tensor there = from.dim() > 0 ? buffer.narrow(0, 0, rows) : buffer;
    const c10::StreamGuard on(stream_);
    return there.copy_(from, /*non_blocking=*/true);
  }

  /// Is there room, and nobody else who holds it?
  static bool fits(const at::Tensor& from, const at::Tensor& buffer) {
    if (!buffer.defined() || buffer.dim() != from.dim() || buffer.dtype() != from.dtype()) return false;
    if (buffer.storage().use_count() > 1) return false;
    if (buffer.suggest_memory_format() != from.suggest_memory_format()) return false;
    if (from.dim() == 0) return true;
    return buffer.size(0) >= from.size(0) && buffer.sizes().slice(1) == from.sizes().slice(1);
  }

  c10::Device device_;
  c10::impl::VirtualGuardImpl guard_;
  c10::Stream stream_;
  std::array<Slot, 2> slots_;
  std::size_t turn_ = 0;
  c10::Event copied_;
};

}  // namespace tuneit::aten
