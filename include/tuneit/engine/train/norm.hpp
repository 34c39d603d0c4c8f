#pragma once
// Batch norm with activation and addition: forward that keeps, and backward. Our kernels where they fit, else ATen.

#include <cmath>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/train/numbers.hpp"
#include "tuneit/engine/train/place.hpp"
#include "tuneit/net/program.hpp"

namespace tuneit::detail {

/// What a batch norm is told beside its tensors.
struct NormTask {
  double eps, momentum;
  bool batch;         ///< normalise by the batch and update the running statistics
  bool affine_moves;  ///< weight or bias train
  kernels::Clamp clamp;
};

/// What a batch norm keeps. Of our kernels: coefficients per channel in double precision; y only where an addition
/// stood between, or where the values before it are not needed. Of ATen: the saved statistics.
struct NormKept {
  at::Tensor x, y;
  std::vector<double> a, b, mean, scale;
  at::Tensor saved_mean, saved_scale;
  at::Tensor factors;  ///< per sample, of a branch that was dropped

  NormKept() = default;
  NormKept(const NormKept&) = delete;
  NormKept& operator=(const NormKept&) = delete;
  [[gnu::noinline]] ~NormKept() = default;  // out of line, as clear(): a network has many
  [[gnu::noinline]] void clear() {
    for (at::Tensor* t : {&x, &y, &saved_mean, &saved_scale, &factors}) t->reset();
    for (std::vector<double>* v : {&a, &b, &mean, &scale}) v->clear();
  }
};

template <class T>
std::vector<kernels::Compute<T>> converted(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

inline std::vector<double> doubles(const at::Tensor& t) {
  std::vector<double> out(static_cast<std::size_t>(t.numel()));
  if (t.scalar_type() == at::kDouble)
    std::copy_n(t.const_data_ptr<double>(), out.size(), out.data());
  else
    std::copy_n(t.const_data_ptr<float>(), out.size(), out.data());
  return out;
}

inline void store(const at::Tensor& t, const std::vector<double>& values) {
  if (t.scalar_type() == at::kDouble)
    std::copy(values.begin(), values.end(), t.mutable_data_ptr<double>());
  else
    std::transform(values.begin(), values.end(), t.mutable_data_ptr<float>(),
                   [](double v) { return static_cast<float>(v); });
}

/// running = (1 - momentum) running + momentum * batch, the variance unbiased (torch's rule).
inline void update_running(const at::Tensor& running, const std::vector<double>& of_batch, double momentum,
                           double correction) {
  std::vector<double> values = doubles(running);
  for (std::size_t c = 0; c < values.size(); ++c) values[c] += momentum * (of_batch[c] * correction - values[c]);
  store(running, values);
}

/// a = weight / sqrt(var + eps), b = bias - mean a, from the mean and the biased variance of a batch of `count` values,
/// or from the running statistics. t: weight, bias, running mean, running variance, count of batches.
inline void norm_coefficients(const at::Tensor* t, const NormTask& task, NormKept& kept, std::vector<double> mean,
                              std::vector<double> variance, double count) {
  const std::vector<double> weight = doubles(t[0]), bias = doubles(t[1]);
  if (task.batch) {
    kept.mean = std::move(mean);
    update_running(t[2], kept.mean, task.momentum, 1);
    update_running(t[3], variance, task.momentum, count > 1 ? count / (count - 1) : 1);
    ++*t[4].mutable_data_ptr<std::int64_t>();
  } else {
    kept.mean = doubles(t[2]);
    variance = doubles(t[3]);
  }
  kept.a.resize(weight.size());
  kept.b.resize(weight.size());
  kept.scale.resize(weight.size());
  for (std::size_t c = 0; c < weight.size(); ++c) {
    kept.scale[c] = 1 / std::sqrt(variance[c] + task.eps);
    kept.a[c] = weight[c] * kept.scale[c];
    kept.b[c] = bias[c] - kept.mean[c] * kept.a[c];
  }
}

/// The same with the moments of x, taken if they are needed.
template <NumberSet N>
void norm_coefficients(const at::Tensor& x, const at::Tensor* t, const NormTask& task, NormKept& kept) {
  std::vector<double> mean, variance;
  const kernels::Extent e = extent(x);
  if (task.batch) {
    mean.resize(static_cast<std::size_t>(e.channels));
    variance.resize(mean.size());
    with_numbers<N>(x.scalar_type(),
                    [&]<class T>(T*) { kernels::norm_moments(data<const T>(x), e, mean.data(), variance.data()); });
  }
  norm_coefficients(t, task, kept, std::move(mean), std::move(variance), static_cast<double>(e.rows));
}

inline at::Tensor activate_(at::Tensor y, kernels::Clamp clamp) {
  if (clamp.high == 6) return aten::hardtanh_(y, 0, 6);
  return clamp.low == 0 ? aten::relu_(y) : y;
}
inline at::Tensor activation_backward(const at::Tensor& dy, const at::Tensor& y, kernels::Clamp clamp) {
  if (clamp.high == 6) return aten::hardtanh_backward(dy, y, 0, 6);
  return clamp.low == 0 ? aten::threshold_backward(dy, y, 0) : dy;
}
inline at::Tensor by_sample(const at::Tensor& factors, const at::Tensor& like) {
  return factors.view({-1, 1, 1, 1}).to(like.scalar_type());
}

/// y = clamp(factors * norm(x) + r); r and factors (float [N], kept already) may be undefined. Keep: backward will
/// come.
template <NumberSet N>
at::Tensor norm_forward(at::Tensor x, const at::Tensor& r, const at::Tensor* t, const NormTask& task, NormKept& kept,
                        bool keep) {
  const bool keep_x = keep && (task.batch || task.affine_moves);
  at::Tensor y;
  if (has_kernels<N>(x)) {
    x = channels_last(x);
    norm_coefficients<N>(x, t, task, kept);
    y = !keep_x && exclusive(x) ? x : aten::empty_like(x);
    const at::Tensor around = r.defined() ? channels_last(r) : r;
    with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
      using F = kernels::Compute<T>;
      std::vector<F> factors;
      if (kept.factors.defined()) factors = converted<T>(doubles(kept.factors));
      kernels::norm_apply<T>(data<const T>(x), data<const T>(around), data<T>(y), extent(x, kept.factors.defined()),
                             converted<T>(kept.a).data(), converted<T>(kept.b).data(),
                             factors.empty() ? nullptr : factors.data(), task.clamp);
    });
    if (keep && (r.defined() || !keep_x)) kept.y = y;
  } else {
    std::tie(y, kept.saved_mean, kept.saved_scale) =
        aten::native_batch_norm(x, t[0], t[1], t[2], t[3], task.batch, task.momentum, task.eps);
    if (task.batch) t[4].add_(1);
    if (kept.factors.defined()) y.mul_(by_sample(kept.factors, y));
    if (r.defined()) y.add_(r);
    y = activate_(std::move(y), task.clamp);
    if (keep) kept.y = y;
  }
  if (keep_x) kept.x = std::move(x);
  return y;
}

/// From the sums of g and of g (x - mean) over `count` values: gradients of weight and bias (to g[0], g[1]), and the
/// coefficients of dx = p g + q x + s.
struct NormPullback {
  std::vector<double> p, q, s;
};
inline NormPullback norm_pullback(const at::Tensor* t, at::Tensor* g, const NormTask& task, const NormKept& kept,
                                  const std::vector<double>& sum, const std::vector<double>& product, double count) {
  const std::size_t channels = kept.a.size();
  NormPullback out{kept.a, std::vector<double>(channels), std::vector<double>(channels)};
  if (task.affine_moves) {
    std::vector<double> scaled = product;
    for (std::size_t c = 0; c < channels; ++c) scaled[c] *= kept.scale[c];
    g[0] = aten::empty_like(t[0]);
    g[1] = aten::empty_like(t[1]);
    store(g[0], scaled);
    store(g[1], sum);
  }
  if (task.batch)
    for (std::size_t c = 0; c < channels; ++c) {
      out.q[c] = -out.p[c] * kept.scale[c] * kept.scale[c] * product[c] / count;
      out.s[c] = -out.p[c] * sum[c] / count - out.q[c] * kept.mean[c];
    }
  return out;
}

/// What norm_backward gives: the gradient of x, and, where an addition stood between, that of the other summand.
struct NormGradients {
  at::Tensor x, shortcut;
};

/// Backward of norm_forward. Writes the gradients of weight and bias to g[0] and g[1] if they move. `added`: an r was
/// there. `reuse_x`: nobody reads x any more, its memory may take the result.
template <NumberSet N>
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

template <class BatchNorm>
inline constexpr NormOptions norm_options{};
template <int C, NormOptions O>
inline constexpr NormOptions norm_options<BatchNorm2d<C, O>> = O;

template <class BatchNorm, class Activation, auto F>
inline constexpr NormTask norm_task{norm_options<BatchNorm>.eps, norm_options<BatchNorm>.momentum, F.of_batch(2),
                                    F.trained(0) || F.trained(1), clamp_of<Activation>};

}  // namespace tuneit::detail

namespace tuneit {

template <class BatchNorm, class Activation, auto F, bool NeedInput>
struct Train<op::Norm<BatchNorm, Activation>, F, NeedInput> {
  static constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, F>;
  static constexpr bool keeps = NeedInput || task.affine_moves;
  using Kept = detail::NormKept;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    return detail::norm_forward<F.numbers>(std::move(x), {}, at.tensors, task, kept, keeps);
  }
  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    return {detail::norm_backward<F.numbers>(std::move(dy), at.tensors, at.gradients, task, kept, NeedInput, false,
                                             false, false)
                .x};
  }
};

}  // namespace tuneit
