#pragma once
// Where do the pixels of batches lie? In the memory of batches that nobody has any more: a fresh block of that size
// comes from the system page by page, each of them set to zero, which takes longer than writing the pixels.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include "tuneit/aten/make.hpp"

namespace tuneit::data {

/// Gives out memory for images, to one thread. A block is given out again when no tensor uses it.
class BatchMemory {
 public:
  /// Keeps at most so many blocks.
  explicit BatchMemory(std::size_t blocks) : most_(std::max<std::size_t>(blocks, 1)) {}

  /// float32 [count, 3, side, side], channels-last, whose values are whatever was there.
  at::Tensor images(std::int64_t count, std::int64_t side) {
    const at::Tensor block = take(count * 3 * side * side);
    return at::from_blob(
        block.data_ptr(), {count, 3, side, side}, {3 * side * side, 1, 3 * side, 3}, [block](void*) {},
        at::TensorOptions().dtype(at::kFloat));
  }

 private:
  at::Tensor take(std::int64_t floats) {
    for (const at::Tensor& block : blocks_)
      if (block.use_count() == 1 && block.numel() >= floats) {
        std::atomic_thread_fence(std::memory_order_acquire);  // another thread may have let go of it just now
        return block;
      }
    at::Tensor block = aten::empty({floats}, at::TensorOptions().dtype(at::kFloat));
    if (blocks_.size() == most_) blocks_.erase(blocks_.begin());  // whoever has it keeps it
    blocks_.push_back(block);
    return block;
  }

  std::vector<at::Tensor> blocks_;
  std::size_t most_;
};

}  // namespace tuneit::data
