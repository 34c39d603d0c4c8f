#pragma once
// Batches of bytes become numbers by our CUDA kernel, in one pass.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>

#include "tuneit/aten/cuda/norm.hpp"
#include "tuneit/kernels/cuda/finish.hpp"

namespace tuneit::aten::cuda {

/// (byte / 255 - mean) / stddev, by channels.
struct Normal {
  float mean[3] = {}, stddev[3] = {1, 1, 1};
};

/// Of bytes [N, 3, H, W] on a device, which become numbers of a type; none where there is none.
[[gnu::noinline]] inline std::optional<Launcher> finish_launcher(const at::Tensor& bytes, at::ScalarType type) {
  const auto numbers = numbers_of(type);
  if (!bytes.is_cuda() || !numbers || bytes.scalar_type() != at::kByte || bytes.dim() != 4 || bytes.size(1) != 3 ||
      bytes.numel() == 0)
    return std::nullopt;
  const Launcher launcher(bytes.device(), {*numbers, kernels::cuda::widest(*numbers)});
  if (!launcher.has<kernels::cuda::FinishTask>()) return std::nullopt;
  return launcher;
}

/// Channels-last. `marks`: int [N, 2 + 4 E] beside them, or undefined: is a picture mirrored, is it turned over, and
/// top, bottom, left and right of each rectangle. `colours`: of these, float, three each; undefined: none is there.
inline at::Tensor finish_bytes(const Launcher& launcher, const at::Tensor& bytes, const at::Tensor& marks,
                               const at::Tensor& colours, const Normal& normal) {
  constexpr at::ScalarType types[] = {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf};
  const at::Tensor from = bytes.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor out =
      aten::empty(bytes.sizes(), bytes.options().dtype(types[static_cast<int>(launcher.variant().numbers)]),
                  at::MemoryFormat::ChannelsLast);
  kernels::cuda::FinishTask task{};
  task.bytes = static_cast<const unsigned char*>(memory(from));
  task.out = memory(out);
  task.marks = static_cast<const int*>(memory(marks));
  task.marks_of_image = marks.defined() ? static_cast<int>(marks.size(1)) : 0;
  task.colours = static_cast<const float*>(memory(colours));
  std::copy_n(normal.mean, 3, task.mean);
  std::copy_n(normal.stddev, 3, task.stddev);
  task.images = static_cast<int>(bytes.size(0));
  task.height = static_cast<int>(bytes.size(2));
  task.width = static_cast<int>(bytes.size(3));
  task.erasings = colours.defined() ? static_cast<int>(colours.numel() / 3) : 0;
  const std::int64_t blocks = (bytes.numel() / 3 + 255) / 256;
  launcher.run({static_cast<unsigned>(std::min<std::int64_t>(blocks, 4096))}, {256}, task);
  return out;
}

}  // namespace tuneit::aten::cuda
