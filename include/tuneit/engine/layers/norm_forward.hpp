#pragma once
// Batch norm with activation and addition, forward: by our kernels where they fit, else by ATen.
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/norm_coefficients.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/synced_norm.hpp"
#endif

namespace tuneit::detail {

/// Our kernels for x on a device; none: ATen. Sums over several processes are not theirs.
[[gnu::noinline]] inline std::optional<aten::cuda::Launcher> norm_launcher(const at::Tensor& x,
                                                                           const at::Tensor& weight,
                                                                           [[maybe_unused]] const NormTask& task) {
#ifdef TUNEIT_RANKS
  if (task.batch && ranks::synced_norms != nullptr) return std::nullopt;
#endif
  return aten::cuda::norm_launcher(x, weight);
}

/// norm_forward by our kernels on a device, of channels-last x.
[[gnu::noinline]] inline at::Tensor norm_forward_on_device(const aten::cuda::Launcher& own, const at::Tensor& x,
                                                           const at::Tensor& r, const at::Tensor* t,
                                                           const NormTask& task, NormSaved& saved,
                                                           PendingStatistics* pending) {
  const bool moves = task.batch && pending != nullptr;
  const auto running = [&](std::size_t i) { return moves ? pending->ahead(t[i]) : task.batch ? at::Tensor() : t[i]; };
  const at::Tensor mean = running(2), variance = running(3);
  saved.of_aten = std::make_unique<aten::NormStatistics>();
  at::Tensor y = aten::cuda::norm_forward(own, x, aten::cuda::for_kernels(r), saved.factors, t, mean, variance,
                                          norm_numbers(task), saved.of_aten->coefficients);
  if (moves) pending->count(t[4]);
  return y;
}

/// y = clamp(factors * norm(x) + r); r and factors (float [N], kept already) may be undefined. Keep: backward will
/// come. `pending`: where the statistics of the batch are left, or null.
template <DTypeSet N>
at::Tensor norm_forward(at::Tensor x, const at::Tensor& r, const at::Tensor* t, const NormTask& task, NormSaved& saved,
                        bool keep, PendingStatistics* pending = nullptr) {
  const bool keep_x = keep && (task.batch || task.affine_moves);
  at::Tensor y;
  if (has_kernels<N>(x)) {
    x = channels_last(x);
    norm_coefficients<N>(x, t, task, saved, pending);
    y = !keep_x && exclusive(x) ? x : aten::empty_like(x);
    const at::Tensor around = r.defined() ? channels_last(r) : r;
    with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
      using F = kernels::Compute<T>;
      std::vector<F> factors;
      if (saved.factors.defined()) factors = converted<T>(doubles(saved.factors));
      kernels::norm_apply<T>(data<const T>(x), data<const T>(around), data<T>(y), extent(x, saved.factors.defined()),
                             converted<T>(saved.a).data(), converted<T>(saved.b).data(),
                             factors.empty() ? nullptr : factors.data(), task.clamp);
    });
    if (keep && (r.defined() || !keep_x)) saved.y = y;
  } else if (const auto own = norm_launcher(x, t[0], task)) {
    x = aten::cuda::for_kernels(x);
    y = norm_forward_on_device(*own, x, r, t, task, saved, pending);
    if (keep && (r.defined() || !keep_x)) saved.y = y;
  } else {
    // of a single value ATen would make a running variance of 0 / 0
    const bool moves = task.batch && pending != nullptr && x.numel() > x.size(1);
    const auto running = [&](std::size_t i) { return moves ? pending->ahead(t[i]) : task.batch ? at::Tensor() : t[i]; };
    const at::Tensor mean = running(2), variance = running(3);
    saved.of_aten = std::make_unique<aten::NormStatistics>();
#ifdef TUNEIT_RANKS
    if (task.batch && ranks::synced_norms != nullptr)
      std::tie(y, saved.of_aten->mean, saved.of_aten->scale) =
          ranks::synced_norm(x, t, mean, variance, task.momentum, task.eps);
    else
#endif
      y = aten::norm_forward(x, t[0], t[1], mean, variance, task.batch, task.momentum, task.eps, *saved.of_aten);
    if (moves) pending->count(t[4]);
    if (saved.factors.defined()) y.mul_(by_sample(saved.factors, y));
    if (r.defined()) y.add_(r);
    y = activate_(std::move(y), task.clamp);
    if (keep) saved.y = y;
  }
  if (keep_x) saved.x = std::move(x);
  return y;
}

}  // namespace tuneit::detail
