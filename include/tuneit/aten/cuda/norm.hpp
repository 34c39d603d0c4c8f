#pragma once
// Batch norm with an addition and a clamp by our CUDA kernels: two passes over memory forward, two backward.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>

#include "tuneit/aten/cuda/launcher.hpp"
#include "tuneit/aten/cuda/numbers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/kernels/activation.hpp"
#include "tuneit/kernels/cuda/norm.hpp"

namespace tuneit::aten::cuda {

/// The launcher of kernels for channels-last x [N, C, H, W] on a device, whose weights are in the type in which they
/// compute; none where there is none.
template <class... Tasks>
std::optional<Launcher> channels_launcher(const at::Tensor& x, const at::Tensor& weight) {
  if (!x.is_cuda() || x.dim() != 4 || x.numel() == 0) return std::nullopt;
  const auto numbers = numbers_of(x.scalar_type());
  if (!numbers || weight.scalar_type() != (x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat))
    return std::nullopt;
  const int widest = kernels::cuda::widest(*numbers);
  const bool wide = x.size(1) % widest == 0;
  const Launcher launcher(x.device(), {*numbers, wide ? widest : 1});
  if (!(launcher.has<Tasks>() && ...)) return std::nullopt;
  return launcher;
}

/// Channels-last, and where an access of 16 bytes may begin: as it is, or a copy.
inline at::Tensor for_kernels(const at::Tensor& x) {
  if (!x.defined()) return x;
  at::Tensor y = x.contiguous(at::MemoryFormat::ChannelsLast);
  return reinterpret_cast<std::uintptr_t>(y.data_ptr()) % 16 == 0 ? y : y.clone();
}
inline void* memory(const at::Tensor& x) { return x.defined() ? x.data_ptr() : nullptr; }

/// What norms are told.
struct NormNumbers {
  double eps = 0, momentum = 0;
  bool of_batch = false;  ///< their statistics; else the running ones
  kernels::Clamp clamp{};
};

/// y = clamp(factors * norm(x) + r) of a batch; r and factors ([N], as the weights) may be undefined. t: weight, bias.
/// `coefficients`: [4, C], what backward needs. Running statistics move where they are defined and the batch's are
/// taken, or are taken themselves.
inline at::Tensor norm_forward(const Launcher& launcher, const at::Tensor& x, const at::Tensor& r,
                               const at::Tensor& factors, const at::Tensor* t, const at::Tensor& running_mean,
                               const at::Tensor& running_variance, const NormNumbers& n, at::Tensor& coefficients) {
  const int channels = static_cast<int>(x.size(1)), width = launcher.variant().width;
  const std::int64_t rows = x.numel() / channels;
  coefficients = aten::empty({4, channels}, t[0].options());
  if (n.of_batch) {
    const kernels::cuda::NormGrid grid(rows, channels, width);
    const at::Tensor partial = aten::empty({grid.parts, 2, channels}, t[0].options());
    launcher.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
                 kernels::cuda::NormMoments{memory(x), memory(partial), tickets(x.device()), memory(t[0]), memory(t[1]),
                                            memory(running_mean), memory(running_variance), memory(coefficients), n.eps,
                                            n.momentum, rows, channels});
  } else {
    launcher.run({static_cast<unsigned>(channels + 255) / 256}, {256},
                 kernels::cuda::NormFixed{memory(t[0]), memory(t[1]), memory(running_mean), memory(running_variance),
                                          memory(coefficients), n.eps, channels});
  }
  at::Tensor y = aten::empty_like(x);
  const kernels::cuda::NormGrid grid(rows, channels, width, 2048);
  launcher.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
               kernels::cuda::NormApply{memory(x), memory(r), memory(y), memory(coefficients), memory(factors), rows,
                                        rows / x.size(0), channels, n.clamp.low, n.clamp.high});
  return y;
}

/// What the way back is told. `y`: where the clamp is looked up (behind an addition), or undefined.
struct NormBackward {
  at::Tensor dy, more, x, y, coefficients, factors;
  bool need_input = false, need_shortcut = false, affine = false;
};
/// The gradients of x, of what was added, and, where they move, of weight and bias.
struct NormGradients {
  at::Tensor x, shortcut, weight, bias;
};

inline NormGradients norm_backward(const Launcher& launcher, const NormBackward& b, const NormNumbers& n) {
  NormGradients out;
  const int channels = static_cast<int>(b.dy.size(1)), width = launcher.variant().width;
  const std::int64_t rows = b.dy.numel() / channels, of_sample = rows / b.dy.size(0);
  const at::TensorOptions wide = b.coefficients.options();
  const void* const factors = memory(b.factors);
  at::Tensor pullback, dy = b.dy, y = b.y;
  kernels::Clamp clamp = n.clamp;
  if (n.of_batch || b.affine || b.need_shortcut || b.more.defined()) {
    pullback = aten::empty({3, channels}, wide);
    if (b.affine) {
      out.weight = aten::empty({channels}, wide);
      out.bias = aten::empty({channels}, wide);
    }
    const bool apart = b.need_shortcut || b.more.defined();
    const at::Tensor g = apart ? aten::empty_like(b.dy) : at::Tensor();
    const kernels::cuda::NormGrid grid(rows, channels, width);
    const at::Tensor partial = aten::empty({grid.parts, 2, channels}, wide);
    launcher.run({grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
                 kernels::cuda::NormReduce{memory(dy), memory(b.more), memory(b.x.defined() ? b.x : b.y), memory(b.y),
                                           memory(g), memory(b.coefficients), factors, memory(partial),
                                           tickets(dy.device()), memory(out.weight), memory(out.bias), memory(pullback),
                                           rows, of_sample, channels, n.of_batch, clamp.low, clamp.high});
    if (apart) {
      dy = g;  // behind the clamp already
      y.reset();
      clamp = {};
      if (b.need_shortcut) out.shortcut = g;
    }
  }
  if (!b.need_input) return out;
  out.x = aten::empty_like(dy);
  const kernels::cuda::NormGrid grid(rows, channels, width, 2048);
  launcher.run(
      {grid.grid_x, grid.parts}, {grid.block_x, grid.block_y},
      kernels::cuda::NormGradient{memory(dy), memory(b.x), memory(y), memory(out.x), memory(b.coefficients),
                                  memory(pullback), factors, rows, of_sample, channels, clamp.low, clamp.high});
  return out;
}

/// Of our kernels for x on its device; none: ATen. A single value has no variance, which is left to ATen, too.
[[gnu::noinline]] inline std::optional<Launcher> norm_launcher(const at::Tensor& x, const at::Tensor& weight) {
  if (!x.is_cuda() || x.dim() != 4 || x.numel() == x.size(1)) return std::nullopt;
  return channels_launcher<kernels::cuda::NormMoments, kernels::cuda::NormFixed, kernels::cuda::NormApply,
                           kernels::cuda::NormReduce, kernels::cuda::NormGradient>(x, weight);
}

}  // namespace tuneit::aten::cuda
