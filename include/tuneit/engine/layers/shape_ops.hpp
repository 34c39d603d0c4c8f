#pragma once
// What has no tensors: activations that stand alone, dropout, flattening.
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

template <class Activation, auto F, Need N>
requires detail::is_clamp<Activation>
struct Train<Activation, F, N> {
  using Saved = at::Tensor;  // the result
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = detail::exclusive(x) ? detail::activate_(std::move(x), clamp)
                   : clamp.high == 6    ? aten::hardtanh(x, 0, 6)
                                        : aten::relu(x);
    if constexpr (N.x) saved = y;
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (N.x) return {detail::activation_backward(std::move(dy).sum(), std::exchange(saved, {}), clamp)};
    return {};
  }
};

template <auto F, Need N>
struct Train<Flatten, F, N> {
  using Saved = std::vector<std::int64_t>;  // the sizes before

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    saved = x.sizes().vec();
    return x.flatten(1);
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return {detail::channels_last(std::move(dy).sum().reshape(saved))};
  }
};

template <auto P, auto F, Need N>
struct Train<Dropout<P>, F, N> {
  using Saved = at::Tensor;  // the mask, scaled; on a GPU in bytes
  static constexpr bool on = F.live && P > 0;
  static constexpr double keep = 1 - static_cast<double>(P);

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (!on) return x;
    if (x.is_cuda()) {
      auto [dropped, bytes] = aten::fused_dropout(x, keep, c.generator());
      if constexpr (N.x) saved = std::move(bytes);
      return dropped;
    }
    at::Tensor mask = aten::empty_like(x).bernoulli_(keep, c.generator()).div_(keep);
    at::Tensor y = x.mul(mask);
    if constexpr (N.x) saved = std::move(mask);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!on) return dy;
    if constexpr (!N.x) return {};
    const at::Tensor mask = std::exchange(saved, {});
    if (mask.is_cuda()) return {aten::masked_scale(std::move(dy).sum(), mask, 1 / keep)};
    return {std::move(dy).sum().mul_(mask)};
  }
};

namespace detail {

/// The factors of a branch that is dropped for whole samples: 0 or 1 / keep, [N], not in lower precision; undefined
/// where nothing is dropped.
template <auto P, int Blocks>
at::Tensor drop_factors(const at::Tensor& x, const Context& c) {
  const double keep = 1 - static_cast<double>(P) * c.iteration / Blocks;
  if (keep >= 1) return {};
  const at::ScalarType type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  if (x.is_cuda() && type != at::kDouble)  // in double as on the CPU
    return aten::empty({x.size(0)}, x.options().dtype(type)).bernoulli_(keep, c.generator()).div_(keep);
  const at::Tensor saved = aten::rand({x.size(0), 1, 1, 1}, c.generator(), x.options()).add_(keep).floor_().view({-1});
  return in_numbers(saved, type).div_(keep);
}

}  // namespace detail

template <auto P, int Blocks, auto F, Need N>
struct Train<StochasticDepth<P, Blocks>, F, N> {
  using Saved = at::Tensor;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (F.live) saved = detail::drop_factors<P, Blocks>(x, c);
    return saved.defined() ? x.mul(detail::by_sample(saved, x)) : x;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if (!saved.defined()) return dy;
    at::Tensor d = std::move(dy).sum();
    return {d.mul_(detail::by_sample(saved, d))};
  }
};

}  // namespace tuneit
