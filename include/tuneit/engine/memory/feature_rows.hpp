#pragma once
// Rows of features that are kept: on the device on which they are computed, where it has room; else in the host's
// memory or a file (feature_store.hpp).
#include <ATen/core/Tensor.h>
#include <ATen/ops/index_copy_ops.h>
#include <ATen/ops/index_select_ops.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/memory/feature_store.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit {

namespace detail {

/// Bytes of a device that are free, or kept by LibTorch for whoever comes next; less than 0 where it doesn't say.
template <class Allocator = c10::DeviceAllocator>
std::int64_t spare_memory(c10::Device device) {
  auto* const allocator = static_cast<Allocator*>(c10::getDeviceAllocator(device.type()));
  if constexpr (requires { allocator->getMemoryInfo(device.index()); }) {
    const auto stats = allocator->getDeviceStats(device.index());
    return static_cast<std::int64_t>(allocator->getMemoryInfo(device.index()).first) + stats.reserved_bytes[0].current -
           stats.allocated_bytes[0].current;
  }
  return -1;
}

}  // namespace detail

/// Features by row; all rows of one shape. What is kept on a device and asked for there never passes through the host.
class FeatureRows {
 public:
  /// Makes room for `rows` like those of `features`: `on_device` are the most bytes of a device (-1: half of what is
  /// free), `memory_limit` those of the host. False: there is none, and `why` says so.
  bool open(std::size_t rows, const at::Tensor& features, std::int64_t memory_limit, std::string& why,
            std::int64_t on_device = -1) {
    shape_ = features.sizes().vec();
    options_ = features.options().requires_grad(false);
    format_ = features.suggest_memory_format();
    const std::int64_t row_bytes =
        features.numel() / features.size(0) * static_cast<std::int64_t>(features.element_size());
    const std::int64_t bytes = static_cast<std::int64_t>(rows) * row_bytes;
    if (!features.is_cpu() && open_on_device(rows, bytes, on_device)) {
      why = bytes_text(bytes) + " on the device";
      return true;
    }
    const Room room = find_room(bytes, memory_limit);
    why = room.text;
    return store_.open(room, static_cast<std::size_t>(row_bytes));
  }

  /// Row first[i] of what is kept becomes row i of `features`. Of another shape than the first: not kept, false.
  bool keep(std::span<const std::size_t> at, std::size_t first, const at::Tensor& features) {
    if (features.sizes().slice(1) != at::IntArrayRef(shape_).slice(1) || features.dtype() != options_.dtype())
      return false;
    if (on_device_.defined())
      at::_ops::index_copy_::call(on_device_, 0, numbers_of(at, first), features);
    else if (features.is_cpu())
      write(at, first, features);
    else
      send(at, first, features);
    return true;
  }

  /// The rows first + at[i] as a batch: on the device where they are kept, else on the host, and where the features
  /// are those of a device in page-locked memory.
  [[nodiscard]] at::Tensor gather(std::span<const std::size_t> at, std::size_t first) {
    const c10::InferenceMode may_be_trained_on(false);
    if (on_device_.defined()) return gather(numbers_of(at, first));
    arrive();
    shape_[0] = static_cast<std::int64_t>(at.size());
    const at::TensorOptions locked = options_.device(c10::kCPU).pinned_memory(true);
    at::Tensor out = aten::empty(shape_, options_.device().is_cpu() ? options_ : locked, format_);
    auto* bytes = static_cast<char*>(out.mutable_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(bytes + i * store_.row_bytes(), store_.row(first + at[i]), store_.row_bytes());
    });
    return out;
  }

  /// Are they kept on a device? Then row numbers may lie there, too: those of an epoch are sent once.
  [[nodiscard]] bool on_device() const { return on_device_.defined(); }
  [[nodiscard]] at::Tensor numbers_of(std::span<const std::size_t> at, std::size_t first) const {
    at::Tensor numbers =
        aten::empty({static_cast<std::int64_t>(at.size())}, at::TensorOptions(at::kLong).pinned_memory(true));
    auto* const to = numbers.mutable_data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < at.size(); ++i) to[i] = static_cast<std::int64_t>(first + at[i]);
    return numbers.to(options_.device(), at::kLong, /*non_blocking=*/true);
  }
  [[nodiscard]] at::Tensor gather(const at::Tensor& numbers) const {
    const c10::InferenceMode may_be_trained_on(false);
    return at::_ops::index_select::call(on_device_, 0, numbers).contiguous(format_);
  }

 private:
  bool open_on_device(std::size_t rows, std::int64_t bytes, std::int64_t limit) {
    if (limit < 0) limit = detail::spare_memory(options_.device()) / 2;
    if (bytes > limit) return false;
    shape_[0] = static_cast<std::int64_t>(rows);
    try {
      on_device_ = aten::empty(shape_, options_, format_);
    } catch (const c10::Error&) {
      return false;
    }
    return true;
  }

  void write(std::span<const std::size_t> at, std::size_t first, const at::Tensor& features) {
    const at::Tensor from = features.contiguous(format_);
    const auto* bytes = static_cast<const char*>(from.const_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(store_.row(first + at[i]), bytes + i * store_.row_bytes(), store_.row_bytes());
    });
  }

  // From a device to the host, one batch behind: when the next one comes, this one has long arrived.
  void send(std::span<const std::size_t> at, std::size_t first, const at::Tensor& features) {
    arrive();
    const c10::Device device = features.device();
    Sent sent{{at.begin(), at.end()},
              first,
              aten::empty(features.sizes(), options_.device(c10::kCPU).pinned_memory(true), format_),
              c10::Event(device.type())};
    sent.host.copy_(features, /*non_blocking=*/true);
    sent.arrived.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    sent_.emplace(std::move(sent));
  }
  void arrive() {
    if (!sent_) return;
    if (!sent_->arrived.query()) sent_->arrived.synchronize();
    write(sent_->at, sent_->first, sent_->host);
    sent_.reset();
  }

  template <class Body>
  void each(std::size_t rows, const Body& body) const {
    constexpr std::size_t worth_a_thread = std::size_t{256} << 10;
    const std::size_t grain = worth_a_thread / std::max<std::size_t>(store_.row_bytes(), 1) + 1;
    kernels::parallel_for(static_cast<std::int64_t>(rows), static_cast<std::int64_t>(grain),
                          [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
                          });
  }

  std::vector<std::int64_t> shape_;  ///< the first number changes with the batch
  at::TensorOptions options_;
  at::MemoryFormat format_ = at::MemoryFormat::Contiguous;
  struct Sent {
    std::vector<std::size_t> at;
    std::size_t first;
    at::Tensor host;
    c10::Event arrived;
  };
  RowStore store_;
  at::Tensor on_device_;
  std::optional<Sent> sent_;  ///< on its way from the device
};

}  // namespace tuneit
