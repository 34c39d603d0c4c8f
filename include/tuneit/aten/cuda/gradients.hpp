#pragma once
// Gradients are limited by a common norm by our CUDA kernels: two launches for up to 280 tensors.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <vector>

#include "tuneit/aten/cuda/launcher.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/kernels/cuda/gradients.hpp"

namespace tuneit::aten::cuda {
namespace detail {

/// All tensors of a launch, from the `at`-th on; `at` goes behind them. Returns its blocks.
inline unsigned take_gradients(kernels::cuda::GradientTensors& all, std::size_t& at,
                               const std::vector<at::Tensor>& gradients) {
  constexpr std::int64_t per_block = 16384, most_blocks = std::numeric_limits<unsigned short>::max();
  unsigned blocks = 0;
  all.size = 0;
  all.count[0] = 0;
  all.first[0] = 0;
  for (; at < gradients.size(); ++at) {
    const std::int64_t count = gradients[at].numel(), own = (count + per_block - 1) / per_block;
    if (count == 0) continue;
    if (std::size(all.count) == static_cast<std::size_t>(all.size) || blocks + own > most_blocks) break;
    const auto i = static_cast<std::size_t>(all.size++);
    all.gradients[i] = gradients[at].mutable_data_ptr();
    all.count[i] = static_cast<unsigned>(count);
    all.first[i] = static_cast<unsigned short>(blocks);
    blocks += static_cast<unsigned>(own);
  }
  return blocks;
}
inline bool takes_gradient(const at::Tensor& g, const at::Tensor& front) {
  return g.device() == front.device() && g.scalar_type() == front.scalar_type() && g.is_non_overlapping_and_dense() &&
         reinterpret_cast<std::uintptr_t>(g.const_data_ptr()) % 16 == 0 && g.numel() < (std::int64_t{1} << 29);
}

}  // namespace detail

/// The launcher of kernels that limit these gradients; none where there is none. At least one is given.
inline std::optional<Launcher> gradients_launcher(const std::vector<at::Tensor>& gradients) {
  const at::Tensor& front = gradients.front();
  const bool wide = front.scalar_type() == at::kDouble;
  if (!front.is_cuda() || (!wide && front.scalar_type() != at::kFloat)) return std::nullopt;
  for (const at::Tensor& g : gradients)
    if (!detail::takes_gradient(g, front)) return std::nullopt;
  const auto numbers = wide ? kernels::cuda::Numbers::Double : kernels::cuda::Numbers::Float;
  const Launcher launcher(front.device(), {numbers, kernels::cuda::widest(numbers)});
  if (!launcher.has<kernels::cuda::GradientNormTask>() || !launcher.has<kernels::cuda::GradientScaleTask>())
    return std::nullopt;
  return launcher;
}

/// Scales gradients down to a common 2-norm of at most `most`, in place; returns the norm that they had, 0-d.
[[gnu::noinline]] inline at::Tensor clip_norm(const Launcher& launcher, const std::vector<at::Tensor>& gradients,
                                              double most) {
  const at::Tensor& front = gradients.front();
  kernels::cuda::GradientNormTask norm;
  kernels::cuda::GradientScaleTask scale;
  std::int64_t blocks = 0;
  for (std::size_t at = 0; at < gradients.size();) blocks += detail::take_gradients(scale.tensors, at, gradients);
  const at::Tensor partial = aten::empty({std::max<std::int64_t>(blocks, 1)}, front.options().dtype(at::kDouble)),
                   found = aten::empty({2}, front.options());
  norm.partial = static_cast<double*>(partial.mutable_data_ptr());
  norm.ticket = tickets(front.device());
  norm.norm = found.mutable_data_ptr();
  scale.scale = norm.scale = static_cast<char*>(found.mutable_data_ptr()) + found.element_size();
  norm.most = most;
  norm.before = 0;
  for (std::size_t at = 0; at < gradients.size();) {
    const unsigned own = detail::take_gradients(norm.tensors, at, gradients);
    norm.last = at == gradients.size() ? 1 : 0;
    launcher.run({std::max(own, 1U)}, {256}, norm);
    norm.before += static_cast<int>(own);
  }
  for (std::size_t at = 0; at < gradients.size();)
    if (const unsigned own = detail::take_gradients(scale.tensors, at, gradients); own > 0)
      launcher.run({own}, {256}, scale);
  return found.select(0, 0);
}

}  // namespace tuneit::aten::cuda
