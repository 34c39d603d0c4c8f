#pragma once
// Depthwise convolutions, 3x3 and 5x5 with stride 1 and 2, by our CUDA kernels.
#include <ATen/core/Tensor.h>

#include <optional>

#include "tuneit/aten/cuda/norm.hpp"
#include "tuneit/kernels/cuda/depthwise.hpp"

namespace tuneit::aten::cuda {

/// What of a window the kernels take.
struct DepthwiseWindow {
  int kernel = 3, stride = 1, top = 1, left = 1;  ///< top, left: padding
};

/// Of x [N, C, H, W] on a device and its weight [C, 1, K, K], in the type of x or that in which it is computed; none
/// where there is none.
[[gnu::noinline]] inline std::optional<Launcher> depthwise_launcher(const at::Tensor& x, const at::Tensor& weight,
                                                                    const DepthwiseWindow& w) {
  if (!x.is_cuda() || x.dim() != 4 || x.numel() == 0) return std::nullopt;
  const auto numbers = numbers_of(x.scalar_type());
  if (!numbers || x.size(1) % kernels::cuda::widest(*numbers) != 0) return std::nullopt;
  if (weight.scalar_type() != x.scalar_type() && weight.scalar_type() != at::kFloat) return std::nullopt;
  if (weight.scalar_type() == at::kFloat && x.scalar_type() == at::kDouble) return std::nullopt;
  const Launcher launcher(x.device(), {*numbers, kernels::cuda::widest(*numbers), w.kernel, w.stride});
  if (!launcher.has<kernels::cuda::DepthwiseForward>() || !launcher.has<kernels::cuda::DepthwiseInput>() ||
      !launcher.has<kernels::cuda::DepthwiseWeights>())
    return std::nullopt;
  return launcher;
}

/// x, channels-last, by the weights; `height`, `width`: of the result.
inline at::Tensor depthwise_forward(const Launcher& launcher, const at::Tensor& x, const at::Tensor& weight,
                                    const DepthwiseWindow& w, int height, int width) {
  const int n = static_cast<int>(x.size(0)), channels = static_cast<int>(x.size(1));
  const at::Tensor taps = weight.contiguous();
  at::Tensor y = aten::empty({n, channels, height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  const kernels::cuda::NormGrid grid(y.numel() / channels, channels, launcher.variant().width, 4096);
  launcher.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
               kernels::cuda::DepthwiseForward{memory(x), memory(taps), memory(y), n, static_cast<int>(x.size(2)),
                                               static_cast<int>(x.size(3)), channels, height, width, w.top, w.left,
                                               weight.scalar_type() == x.scalar_type()});
  return y;
}

/// The gradient by x from that by the result, both channels-last.
inline at::Tensor depthwise_input(const Launcher& launcher, const at::Tensor& dy, const at::Tensor& x,
                                  const at::Tensor& weight, const DepthwiseWindow& w) {
  const int n = static_cast<int>(x.size(0)), channels = static_cast<int>(x.size(1));
  const at::Tensor taps = weight.contiguous();
  at::Tensor dx = aten::empty_like(x);
  const kernels::cuda::NormGrid grid(x.numel() / channels, channels, launcher.variant().width, 4096);
  launcher.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
               kernels::cuda::DepthwiseInput{memory(dy), memory(taps), memory(dx), n, static_cast<int>(x.size(2)),
                                             static_cast<int>(x.size(3)), channels, static_cast<int>(dy.size(2)),
                                             static_cast<int>(dy.size(3)), w.top, w.left,
                                             weight.scalar_type() == x.scalar_type()});
  return dx;
}

/// The gradient by the weight, in its type.
inline at::Tensor depthwise_weight(const Launcher& launcher, const at::Tensor& dy, const at::Tensor& x,
                                   const at::Tensor& weight, const DepthwiseWindow& w) {
  const int n = static_cast<int>(x.size(0)), channels = static_cast<int>(x.size(1)), taps = w.kernel * w.kernel;
  kernels::cuda::Variant narrow = launcher.variant();
  narrow.width = 2;  // each channel has a sum for each tap, and they fill the registers
  const Launcher sums(x.device(), narrow);
  const kernels::cuda::NormGrid grid(dy.numel() / channels, channels, narrow.width);
  const at::Tensor gradient = aten::empty(weight.sizes(), weight.options()),
                   partial = aten::empty({grid.parts, taps, channels},
                                         x.options().dtype(x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat));
  sums.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
           kernels::cuda::DepthwiseParts{memory(dy), memory(x), memory(partial), n, static_cast<int>(x.size(2)),
                                         static_cast<int>(x.size(3)), channels, static_cast<int>(dy.size(2)),
                                         static_cast<int>(dy.size(3)), w.top, w.left});
  launcher.run(
      {static_cast<unsigned>(channels * taps + 255) / 256}, {256},
      kernels::cuda::DepthwiseWeights{memory(partial), memory(gradient), channels, static_cast<int>(grid.parts), taps,
                                      weight.scalar_type() == x.scalar_type()});
  return gradient;
}

}  // namespace tuneit::aten::cuda
