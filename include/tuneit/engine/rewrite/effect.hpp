#pragma once
// The weights that a rule makes of a layer's and its own tensors.
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/rewrite/low_rank.hpp"
#include "tuneit/net/rewrite/dora.hpp"

namespace tuneit {

/// How Fn makes the tensors of Base (net/rewrite/effective.hpp):
///   static void make(const at::Tensor* t, at::Tensor* made, Kept& kept);   t: those of Base, then its own; made: of
///   Base template <auto F> static void backward(const Context& c, const at::Tensor* gradients, Kept& kept);   unless
///   beside
/// `gradients`: of what was made. What backward is handed of Base may be a gradient, too, where F.trains it. make is
/// recorded by autograd in Forward.
template <class Fn, class Base>
struct Effect;

template <LowRankOptions O, class Base>
struct Effect<BesideLowRank<O>, Base> {
  using Kept = detail::NothingSaved;
  static void make(const at::Tensor* t, at::Tensor* made, Kept&) {
    constexpr std::size_t own = tensor_count<Base>;
    for (std::size_t i = 0; i < own; ++i) made[i] = t[i];
    const at::Tensor product = aten::mm(detail::as_matrix(t[own + 1]), detail::as_matrix(t[own]));
    made[0] = t[0].add(product.view(t[0].sizes()), O.scale);
  }
};
template <LowRankOptions O, int N, int D, int Padding>
struct Effect<BesideLowRank<O>, Embedding<N, D, Padding>> {
  using Kept = detail::NothingSaved;
  static void make(const at::Tensor* t, at::Tensor* made, Kept&) {
    made[0] = t[0].add(aten::mm(t[2], t[1]).t(), O.scale);
  }
};

namespace detail {

/// Numbers for each output of a weight (for each input, where `on_input`), to be multiplied with it.
inline at::Tensor beside_weight(const at::Tensor& numbers, const at::Tensor& weight, bool on_input = false) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(weight.dim()), 1);
  sizes[on_input ? 1 : 0] = -1;
  return numbers.reshape(sizes);
}
/// The sums over all but the outputs (inputs) of what has a weight's shape.
inline at::Tensor sums_beside(const at::Tensor& x, bool on_input = false) {
  return (on_input ? x.transpose(0, 1) : x).flatten(1).sum(1);
}

}  // namespace detail

template <LowRankOptions O, class Base>
struct Effect<MagnitudeAndDirection<O>, Base> {
  static constexpr std::size_t own = tensor_count<Base>;
  struct Kept {
    at::Tensor sum, norms;  ///< W + s B A, and the lengths of its rows
  };
  static void make(const at::Tensor* t, at::Tensor* made, Kept& kept) {
    const at::Tensor product = aten::mm(detail::as_matrix(t[own + 1]), detail::as_matrix(t[own]));
    kept.sum = t[0].add(product.view(t[0].sizes()), O.scale);
    kept.norms = kept.sum.detach().flatten(1).norm(2, 1);
    made[0] = kept.sum.mul(detail::beside_weight(t[own + 2].reshape({-1}).div(kept.norms), t[0]));
    if constexpr (own > 1) made[1] = t[1];
  }
  template <auto F>
  static void backward(const Context& c, const at::Tensor* g, Kept& kept) {
    const at::Tensor &a = c.tensor(own), &b = c.tensor(own + 1), &m = c.tensor(own + 2);
    if constexpr (F.trains(own + 2))
      c.set_gradient(own + 2, detail::sums_beside(g[0].mul(kept.sum)).div(kept.norms).view(m.sizes()));
    const at::Tensor d = g[0].mul(detail::beside_weight(m.reshape({-1}).div(kept.norms), g[0]));
    if constexpr (F.trains(0)) c.set_gradient(0, d);
    const at::Tensor rows = detail::as_matrix(d);
    if constexpr (F.trains(own))
      c.set_gradient(own, aten::mm(detail::as_matrix(b).t(), rows).mul_(O.scale).view(a.sizes()));
    if constexpr (F.trains(own + 1))
      c.set_gradient(own + 1, aten::mm(rows, detail::as_matrix(a).t()).mul_(O.scale).view(b.sizes()));
    if constexpr (own > 1)
      if constexpr (F.trains(1)) c.set_gradient(1, g[1]);
  }
};

template <bool OnInput, class Base>
struct Effect<ChannelScales<OnInput>, Base> {
  static constexpr std::size_t own = tensor_count<Base>;
  using Kept = detail::NothingSaved;
  static void make(const at::Tensor* t, at::Tensor* made, Kept&) {
    made[0] = t[0].mul(detail::beside_weight(t[own], t[0], OnInput));
    if constexpr (own > 1) made[1] = OnInput ? t[1] : t[1].mul(t[own].reshape({-1}));
  }
  template <auto F>
  static void backward(const Context& c, const at::Tensor* g, Kept&) {
    const at::Tensor &w = c.tensor(0), &l = c.tensor(own);
    if constexpr (F.trains(own)) {
      at::Tensor dl = detail::sums_beside(g[0].mul(w), OnInput);
      if constexpr (own > 1 && !OnInput) dl.add_(g[1].mul(c.tensor(1)));
      c.set_gradient(own, dl.view(l.sizes()));
    }
    if constexpr (F.trains(0)) c.set_gradient(0, g[0].mul(detail::beside_weight(l, w, OnInput)));
    if constexpr (own > 1)
      if constexpr (F.trains(1)) c.set_gradient(1, OnInput ? g[1] : g[1].mul(l.reshape({-1})));
  }
};

}  // namespace tuneit
