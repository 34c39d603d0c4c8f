#pragma once
// What has no tensors: activations that stand alone, dropout, flattening.
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/layers/place.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit {

template <class Activation, auto F, bool NeedInput>
requires detail::is_clamp<Activation>
struct Train<Activation, F, NeedInput> {
  using Kept = at::Tensor;  // the result
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place&) {
    at::Tensor y = detail::exclusive(x) ? detail::activate_(std::move(x), clamp)
                   : clamp.high == 6    ? aten::hardtanh(x, 0, 6)
                                        : aten::relu(x);
    if constexpr (NeedInput) kept = y;
    return y;
  }
  static Flow backward(Flow dy, Kept& kept, const Place&) {
    if constexpr (NeedInput) return {detail::activation_backward(std::move(dy).sum(), std::exchange(kept, {}), clamp)};
    return {};
  }
};

template <auto F, bool NeedInput>
struct Train<Flatten, F, NeedInput> {
  using Kept = std::vector<std::int64_t>;  // the sizes before

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place&) {
    kept = x.sizes().vec();
    return x.flatten(1);
  }
  static Flow backward(Flow dy, Kept& kept, const Place&) {
    if constexpr (!NeedInput) return {};
    return {detail::channels_last(std::move(dy).sum().reshape(kept))};
  }
};

template <auto P, auto F, bool NeedInput>
struct Train<Dropout<P>, F, NeedInput> {
  using Kept = at::Tensor;  // the mask, scaled
  static constexpr bool on = F.live && P > 0;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    if constexpr (!on) return x;
    constexpr double keep = 1 - static_cast<double>(P);
    at::Tensor mask = aten::empty_like(x).bernoulli_(keep, *at.generator).div_(keep);
    at::Tensor y = x.mul(mask);
    if constexpr (NeedInput) kept = std::move(mask);
    return y;
  }
  static Flow backward(Flow dy, Kept& kept, const Place&) {
    if constexpr (!on) return dy;
    if constexpr (!NeedInput) return {};
    return {std::move(dy).sum().mul_(std::exchange(kept, {}))};
  }
};

namespace detail {

/// The factors of a branch that is dropped for whole samples: 0 or 1 / keep, [N], not in lower precision; undefined
/// where nothing is dropped.
template <auto P, int Blocks>
at::Tensor drop_factors(const at::Tensor& x, const Place& at) {
  const double keep = 1 - static_cast<double>(P) * at.turn / Blocks;
  if (keep >= 1) return {};
  const at::Tensor kept = aten::rand({x.size(0), 1, 1, 1}, *at.generator, x.options()).add_(keep).floor_().view({-1});
  return (x.scalar_type() == at::kDouble ? kept : kept.to(at::kFloat)).div_(keep);
}

}  // namespace detail

template <auto P, int Blocks, auto F, bool NeedInput>
struct Train<StochasticDepth<P, Blocks>, F, NeedInput> {
  using Kept = at::Tensor;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    if constexpr (F.live) kept = detail::drop_factors<P, Blocks>(x, at);
    return kept.defined() ? x.mul(detail::by_sample(kept, x)) : x;
  }
  static Flow backward(Flow dy, Kept& kept, const Place&) {
    if (!kept.defined()) return dy;
    at::Tensor d = std::move(dy).sum();
    return {d.mul_(detail::by_sample(kept, d))};
  }
};

}  // namespace tuneit
