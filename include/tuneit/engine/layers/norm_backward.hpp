#pragma once
// Batch norm with activation and addition, backward: by our kernels where they fit, else by ATen.
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/norm_coefficients.hpp"
#include "tuneit/kernels/norm/norm_backward.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/synced_norm.hpp"
#endif

namespace tuneit::detail {

/// What norm_backward gives: the gradient of x, and, where an addition stood between, that of the other summand.
struct NormGradients {
  at::Tensor x, shortcut;
};

/// norm_backward by our kernels on a device.
[[gnu::noinline]] inline aten::cuda::NormGradients norm_backward_on_device(Gradient incoming, const at::Tensor* t,
                                                                           const NormTask& task, NormSaved& saved,
                                                                           bool need_input, bool need_shortcut,
                                                                           bool added) {
  const auto own = aten::cuda::norm_launcher(incoming.value, t[0]);
  TORCH_CHECK(own, "tuneit: the kernels of a batch norm were there forward, and are not there backward");
  if (incoming.more.defined() && !added) incoming = {std::move(incoming).sum()};
  return aten::cuda::norm_backward(
      *own,
      {aten::cuda::for_kernels(incoming.value), aten::cuda::for_kernels(incoming.more), saved.x, saved.y,
       saved.of_aten->coefficients, saved.factors, need_input, need_shortcut, task.affine_moves},
      norm_numbers(task));
}

/// Backward of norm_forward. Writes the gradients of weight and bias to g[0] and g[1] if they move. `added`: an r was
/// there. `reuse_x`: nobody reads x any more, its memory may take the result.
template <DTypeSet N>
NormGradients norm_backward(Gradient incoming, const at::Tensor* t, at::Tensor* g, const NormTask& task,
                            NormSaved& saved, bool need_input, bool need_shortcut, bool added, bool reuse_x) {
  NormGradients out;
  if (saved.of_aten && saved.of_aten->coefficients.defined()) {
    aten::cuda::NormGradients d =
        norm_backward_on_device(std::move(incoming), t, task, saved, need_input, need_shortcut, added);
    if (task.affine_moves) {
      g[0] = std::move(d.weight);
      g[1] = std::move(d.bias);
    }
    return {std::move(d.x), std::move(d.shortcut)};
  }
  if (saved.of_aten || !has_kernels<N>(incoming.value)) {
    const at::Tensor dy = activation_backward(std::move(incoming).sum(), saved.y, task.clamp);
    if (need_shortcut) out.shortcut = dy;
    const at::Tensor branch = saved.factors.defined() ? dy.mul(by_sample(saved.factors, dy)) : dy;
    if (!saved.x.defined()) {  // fixed statistics, nothing trains: a scale per channel
      const at::Tensor scale = t[0].div(t[3].add(task.eps).sqrt()).to(dy.scalar_type());
      out.x = branch.mul(scale.view({1, -1, 1, 1}));
      return out;
    }
    at::Tensor weight, bias;
#ifdef TUNEIT_RANKS
    if (task.batch && ranks::synced_norms != nullptr)
      std::tie(out.x, weight, bias) =
          ranks::synced_norm_backward(branch, saved.x, t, saved.of_aten->mean, saved.of_aten->scale, need_input);
    else
#endif
      std::tie(out.x, weight, bias) = aten::norm_backward(branch, saved.x, t[0], t[2], t[3], *saved.of_aten, task.batch,
                                                          task.eps, {need_input, task.affine_moves, task.affine_moves});
    if (task.affine_moves) {
      g[0] = weight;
      g[1] = bias;
    }
    return out;
  }
  if (incoming.more.defined() && !added) incoming = {std::move(incoming).sum()};
  const at::Tensor dy = channels_last(incoming.value),
                   more = incoming.more.defined() ? channels_last(incoming.more) : incoming.more;
  const bool has_x = saved.x.defined();
  const at::Tensor& x = has_x ? saved.x : saved.y;
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    using F = kernels::Compute<T>;
    const std::size_t channels = saved.a.size();
    const kernels::Extent e = extent(dy, saved.factors.defined());
    std::vector<F> factors;
    if (saved.factors.defined()) factors = converted<T>(doubles(saved.factors));
    // without x the mask is looked up in y itself: y = 1 y + 0
    const std::vector<F> a = has_x ? converted<T>(saved.a) : std::vector<F>(channels, 1),
                         b = has_x ? converted<T>(saved.b) : std::vector<F>(channels, 0),
                         mean = converted<T>(saved.mean);
    NormPullback back{saved.a, std::vector<double>(channels), std::vector<double>(channels)};
    at::Tensor masked = dy;
    kernels::Clamp clamp = task.clamp;
    if (task.batch || task.affine_moves || added) {
      std::vector<double> sum(channels), product(channels);
      const T* behind = added ? data<const T>(saved.y) : nullptr;
      kernels::norm_reduce<T>({.dy = data<const T>(dy),
                               .more = data<const T>(more),
                               .x = data<const T>(x),
                               .y = behind,
                               .g = added ? data<T>(masked) : nullptr,
                               .a = a.data(),
                               .b = b.data(),
                               .mean = mean.data(),
                               .factors = factors.empty() ? nullptr : factors.data(),
                               .clamp = task.clamp},
                              e, sum.data(), product.data());
      if (added) clamp = {};
      back = norm_pullback(t, g, task, saved, sum, product, static_cast<double>(e.rows * e.samples));
    }
    if (need_shortcut) out.shortcut = masked;
    if (!need_input) return;
    out.x = !need_shortcut ? masked : reuse_x && has_x && exclusive(x) ? x : aten::empty_like(dy);
    kernels::norm_gradient<T>(data<const T>(masked), data<const T>(x), data<T>(out.x), e, a.data(), b.data(),
                              converted<T>(back.p).data(), converted<T>(back.q).data(), converted<T>(back.s).data(),
                              factors.empty() ? nullptr : factors.data(), clamp);
  });
  return out;
}

}  // namespace tuneit::detail
