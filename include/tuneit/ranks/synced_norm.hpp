#pragma once
// Batch norm over the batches of several processes, by ATen: for devices and number types without kernels of ours.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <tuple>
#include <vector>

#include "tuneit/aten/merge.hpp"
#include "tuneit/ranks/norms.hpp"

namespace tuneit::ranks {

/// A number per channel beside x.
inline at::Tensor beside_channels(const at::Tensor& v, const at::Tensor& x) {
  return v.to(x.device()).view({1, -1, 1, 1});
}
/// One vector of each rank's sums and its count of values, of all.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> sums_of_all(const at::Tensor& x, const at::Tensor& first,
                                                                  const at::Tensor& second) {
  const std::int64_t channels = first.numel();
  const std::vector<at::Tensor> parts{first, second,
                                      first.narrow(0, 0, 1).mul(0).add(static_cast<double>(x.numel() / channels))};
  at::Tensor all = aten::cat(parts, 0);
  if (!synced_norms->counts) all.zero_();
  synced_norms->sum(all)->wait();
  return {all.narrow(0, 0, channels), all.narrow(0, channels, channels), all.narrow(0, 2 * channels, 1)};
}

/// y = weight (x - mean) scale + bias by the statistics of all ranks; mean and scale. t: weight, bias, running mean.
/// The running statistics that move, where they are defined, are of other memory.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> synced_norm(const at::Tensor& x, const at::Tensor* t,
                                                                  const at::Tensor& running_mean,
                                                                  const at::Tensor& running_variance, double momentum,
                                                                  double eps) {
  const at::ScalarType type = t[0].scalar_type();
  const at::Tensor away = x.to(type).sub(beside_channels(t[2], x));
  const auto [first, second, count] = sums_of_all(x, away.sum({0, 2, 3}), away.square().sum({0, 2, 3}));
  const at::Tensor offset = first.div(count), mean = offset.add(t[2]),
                   variance = second.div(count).sub(offset.square()).clamp_min(0), scale = variance.add(eps).rsqrt();
  if (running_mean.defined()) {
    running_mean.mul_(1 - momentum).add_(mean, momentum);
    running_variance.mul_(1 - momentum).add_(variance.mul(count.div(count.sub(1))), momentum);
  }
  const at::Tensor a = t[0].mul(scale);
  at::Tensor y = away.sub(beside_channels(offset, x)).mul_(beside_channels(a, x)).add_(beside_channels(t[1], x));
  return {y.to(x.scalar_type()), mean, scale};
}

/// Gradients of x, weight and bias: of weight and bias this rank's part.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> synced_norm_backward(const at::Tensor& dy, const at::Tensor& x,
                                                                           const at::Tensor* t, const at::Tensor& mean,
                                                                           const at::Tensor& scale, bool need_input) {
  const at::Tensor g = dy.to(t[0].scalar_type()), away = x.to(g.scalar_type()).sub(beside_channels(mean, x));
  const at::Tensor sum = g.sum({0, 2, 3}), product = g.mul(away).sum({0, 2, 3});
  at::Tensor dx;
  const auto [all, all_product, count] = sums_of_all(x, sum, product);
  if (need_input) {
    const at::Tensor q = all_product.div(count).mul(scale).mul(scale);
    dx = g.sub(beside_channels(all.div(count), x)).sub_(away.mul(beside_channels(q, x)));
    dx.mul_(beside_channels(t[0].mul(scale), x));
    if (!synced_norms->counts) dx.zero_();
    dx = dx.to(dy.scalar_type());
  }
  return {dx, product.mul(scale), sum};
}

}  // namespace tuneit::ranks
