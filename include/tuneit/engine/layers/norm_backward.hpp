#pragma once
// Batch norm with activation and addition, backward: by our kernels where they fit, else by ATen.
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/norm_coefficients.hpp"
#include "tuneit/engine/layers/place.hpp"
#include "tuneit/kernels/norm/norm_backward.hpp"

namespace tuneit::detail {

/// What norm_backward gives: the gradient of x, and, where an addition stood between, that of the other summand.
struct NormGradients {
  at::Tensor x, shortcut;
};

/// Backward of norm_forward. Writes the gradients of weight and bias to g[0] and g[1] if they move. `added`: an r was
/// there. `reuse_x`: nobody reads x any more, its memory may take the result.
template <DTypeSet N>
NormGradients norm_backward(Flow flow, const at::Tensor* t, at::Tensor* g, const NormTask& task, NormKept& kept,
                            bool need_input, bool need_shortcut, bool added, bool reuse_x) {
  NormGradients out;
  if (kept.saved_mean.defined() || !has_kernels<N>(flow.value)) {
    const at::Tensor dy = activation_backward(std::move(flow).sum(), kept.y, task.clamp);
    if (need_shortcut) out.shortcut = dy;
    const at::Tensor branch = kept.factors.defined() ? dy.mul(by_sample(kept.factors, dy)) : dy;
    if (!kept.x.defined()) {  // fixed statistics, nothing trains: a scale per channel
      const at::Tensor scale = t[0].div(t[3].add(task.eps).sqrt()).to(dy.scalar_type());
      out.x = branch.mul(scale.view({1, -1, 1, 1}));
      return out;
    }
    at::Tensor weight, bias;
    std::tie(out.x, weight, bias) =
        aten::native_batch_norm_backward(branch, kept.x, t[0], t[2], t[3], kept.saved_mean, kept.saved_scale,
                                         task.batch, task.eps, {need_input, task.affine_moves, task.affine_moves});
    if (task.affine_moves) {
      g[0] = weight;
      g[1] = bias;
    }
    return out;
  }
  if (flow.more.defined() && !added) flow = {std::move(flow).sum()};
  const at::Tensor dy = channels_last(flow.value), more = flow.more.defined() ? channels_last(flow.more) : flow.more;
  const bool has_x = kept.x.defined();
  const at::Tensor& x = has_x ? kept.x : kept.y;
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    using F = kernels::Compute<T>;
    const std::size_t channels = kept.a.size();
    const kernels::Extent e = extent(dy, kept.factors.defined());
    std::vector<F> factors;
    if (kept.factors.defined()) factors = converted<T>(doubles(kept.factors));
    // without x the mask is looked up in y itself: y = 1 y + 0
    const std::vector<F> a = has_x ? converted<T>(kept.a) : std::vector<F>(channels, 1),
                         b = has_x ? converted<T>(kept.b) : std::vector<F>(channels, 0), mean = converted<T>(kept.mean);
    NormPullback back{kept.a, std::vector<double>(channels), std::vector<double>(channels)};
    at::Tensor masked = dy;
    kernels::Clamp clamp = task.clamp;
    if (task.batch || task.affine_moves || added) {
      std::vector<double> sum(channels), product(channels);
      const T* behind = added ? data<const T>(kept.y) : nullptr;
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
      back = norm_pullback(t, g, task, kept, sum, product, static_cast<double>(e.rows * e.samples));
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
