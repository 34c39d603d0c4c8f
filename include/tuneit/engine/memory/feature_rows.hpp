#pragma once
// Rows of features that are kept: in memory or a file for the CPU (feature_store.hpp), else on their device.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select_ops.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/memory/feature_store.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit {

/// Features by row, on the device on which they are computed; all rows of one shape. In memory or a file for the CPU.
class FeatureRows {
 public:
  /// Makes room for `rows` like those of `features`. False: there is none, and `why` says so.
  bool open(std::size_t rows, const at::Tensor& features, std::int64_t memory_limit, std::string& why) {
    shape_ = features.sizes().vec();
    options_ = features.options().requires_grad(false);
    format_ = features.suggest_memory_format();
    const std::int64_t row_bytes =
        features.numel() / features.size(0) * static_cast<std::int64_t>(features.element_size());
    const std::int64_t bytes = static_cast<std::int64_t>(rows) * row_bytes;
    if (!features.is_cpu()) return open_on_device(rows, bytes, memory_limit, why);
    const Room room = find_room(bytes, memory_limit);
    why = room.text;
    return store_.open(room, static_cast<std::size_t>(row_bytes));
  }

  /// Row first[i] of what is kept becomes row i of `features`. Of another shape than the first: not kept, false.
  bool keep(std::span<const std::size_t> at, std::size_t first, const at::Tensor& features) {
    if (features.sizes().slice(1) != at::IntArrayRef(shape_).slice(1) || features.dtype() != options_.dtype())
      return false;
    if (!store_.is_open()) {
      for (std::size_t i = 0; i < at.size(); ++i)
        on_device_.select(0, static_cast<std::int64_t>(first + at[i]))
            .copy_(features.select(0, static_cast<std::int64_t>(i)));
      return true;
    }
    const at::Tensor from = features.contiguous(format_);
    const auto* bytes = static_cast<const char*>(from.const_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(store_.row(first + at[i]), bytes + i * store_.row_bytes(), store_.row_bytes());
    });
    return true;
  }

  /// The rows first + at[i] as a batch.
  [[nodiscard]] at::Tensor gather(std::span<const std::size_t> at, std::size_t first) {
    const c10::InferenceMode may_be_trained_on(false);
    shape_[0] = static_cast<std::int64_t>(at.size());
    if (!store_.is_open()) {
      std::vector<std::int64_t> index(at.begin(), at.end());
      for (std::int64_t& i : index) i += static_cast<std::int64_t>(first);
      const at::Tensor rows = at::from_blob(index.data(), {shape_[0]}, at::kLong).to(options_.device());
      return at::_ops::index_select::call(on_device_, 0, rows).contiguous(format_);
    }
    at::Tensor out = aten::empty(shape_, options_, format_);
    auto* bytes = static_cast<char*>(out.mutable_data_ptr());
    each(at.size(), [&](std::size_t i) {
      std::memcpy(bytes + i * store_.row_bytes(), store_.row(first + at[i]), store_.row_bytes());
    });
    return out;
  }

 private:
  bool open_on_device(std::size_t rows, std::int64_t bytes, std::int64_t limit, std::string& why) {
    why = "not at all: " + bytes_text(bytes) + " are more than the device has to spare";
    if (bytes > limit) return false;
    shape_[0] = static_cast<std::int64_t>(rows);
    try {
      on_device_ = aten::empty(shape_, options_, format_);
    } catch (const c10::Error&) {
      return false;
    }
    why = bytes_text(bytes) + " on the device";
    return true;
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
  RowStore store_;
  at::Tensor on_device_;
};

}  // namespace tuneit
