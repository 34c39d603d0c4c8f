#pragma once
// What is a batch norm per channel? y = a x + b forward, dx = p g + q x + s backward, in double precision; the
// statistics of the batch, and the gradients of weight and bias, come out on the way.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "tuneit/aten/cuda/norm.hpp"
#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/norm_task.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/layers/pending_statistics.hpp"
#include "tuneit/kernels/norm/norm_forward.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/norms.hpp"
#endif

namespace tuneit::detail {

/// What a batch norm keeps. Of our kernels: coefficients per channel in double precision; y only where an addition
/// stood between, or where the values before it are not needed.
struct NormSaved {
  at::Tensor x, y;
  std::vector<double> a, b, mean, scale;
  std::unique_ptr<aten::NormStatistics> of_aten;  ///< where it was not the CPU's kernels
  at::Tensor factors;                             ///< per sample, of a branch that was dropped

  NormSaved() = default;
  NormSaved(const NormSaved&) = delete;
  NormSaved& operator=(const NormSaved&) = delete;
  [[gnu::noinline]] ~NormSaved() = default;  // out of line, as clear(): a network has many
  [[gnu::noinline]] void clear() {
    for (at::Tensor* t : {&x, &y, &factors}) t->reset();
    of_aten.reset();
    for (std::vector<double>* v : {&a, &b, &mean, &scale}) v->clear();
  }
};

/// As our kernels on a device are told it.
inline aten::cuda::NormNumbers norm_numbers(const NormTask& task) {
  return {task.eps, task.momentum, task.batch, task.clamp};
}

/// a = weight / sqrt(var + eps), b = bias - mean a, from the mean and the biased variance of a batch of `count` values,
/// or from the running statistics, which a single value, having no variance, leaves as they are. t: weight, bias,
/// running mean, running variance, count of batches. `pending`: where those of the batch are left, or null.
inline void norm_coefficients(const at::Tensor* t, const NormTask& task, NormSaved& saved, std::vector<double> mean,
                              std::vector<double> variance, double count, PendingStatistics* pending) {
  const std::vector<double> weight = doubles(t[0]), bias = doubles(t[1]);
  if (task.batch) {
#ifdef TUNEIT_RANKS
    if (ranks::synced_norms != nullptr) ranks::sync_moments(*ranks::synced_norms, mean, variance, count, doubles(t[2]));
#endif
    saved.mean = std::move(mean);
    if (pending != nullptr && count > 1) pending->add(t, task.momentum, count, saved.mean, variance);
  } else {
    saved.mean = doubles(t[2]);
    variance = doubles(t[3]);
  }
  saved.a.resize(weight.size());
  saved.b.resize(weight.size());
  saved.scale.resize(weight.size());
  for (std::size_t c = 0; c < weight.size(); ++c) {
    saved.scale[c] = 1 / std::sqrt(variance[c] + task.eps);
    saved.a[c] = weight[c] * saved.scale[c];
    saved.b[c] = bias[c] - saved.mean[c] * saved.a[c];
  }
}

/// The same with the moments of x, taken if they are needed.
template <DTypeSet N>
void norm_coefficients(const at::Tensor& x, const at::Tensor* t, const NormTask& task, NormSaved& saved,
                       PendingStatistics* pending) {
  std::vector<double> mean, variance;
  const kernels::Extent e = extent(x);
  if (task.batch) {
    mean.resize(static_cast<std::size_t>(e.channels));
    variance.resize(mean.size());
    with_numbers<N>(x.scalar_type(),
                    [&]<class T>(T*) { kernels::norm_moments(data<const T>(x), e, mean.data(), variance.data()); });
  }
  norm_coefficients(t, task, saved, std::move(mean), std::move(variance), static_cast<double>(e.rows), pending);
}

/// From the sums of g and of g (x - mean) over `count` values: gradients of weight and bias (to g[0], g[1]), and the
/// coefficients of dx = p g + q x + s.
struct NormPullback {
  std::vector<double> p, q, s;
};
inline NormPullback norm_pullback(const at::Tensor* t, at::Tensor* g, const NormTask& task, const NormSaved& saved,
                                  const std::vector<double>& sum, const std::vector<double>& product, double count) {
  const std::size_t channels = saved.a.size();
  NormPullback out{saved.a, std::vector<double>(channels), std::vector<double>(channels)};
  if (task.affine_moves) {
    std::vector<double> scaled = product;
    for (std::size_t c = 0; c < channels; ++c) scaled[c] *= saved.scale[c];
    g[0] = aten::empty_like(t[0]);
    g[1] = aten::empty_like(t[1]);
    store(g[0], scaled);
    store(g[1], sum);
  }
#ifdef TUNEIT_RANKS
  if (task.batch && ranks::synced_norms != nullptr) {  // the gradients of weight and bias are added up with all others
    std::vector<double> all = sum, all_product = product;
    ranks::sync_sums(*ranks::synced_norms, all, all_product, count);
    for (std::size_t c = 0; c < channels; ++c) {
      out.p[c] = ranks::synced_norms->counts ? out.p[c] : 0;
      out.q[c] = -out.p[c] * saved.scale[c] * saved.scale[c] * all_product[c] / count;
      out.s[c] = -out.p[c] * all[c] / count - out.q[c] * saved.mean[c];
    }
    return out;
  }
#endif
  if (task.batch)
    for (std::size_t c = 0; c < channels; ++c) {
      out.q[c] = -out.p[c] * saved.scale[c] * saved.scale[c] * product[c] / count;
      out.s[c] = -out.p[c] * sum[c] / count - out.q[c] * saved.mean[c];
    }
  return out;
}

}  // namespace tuneit::detail
