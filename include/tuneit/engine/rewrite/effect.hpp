#pragma once
// The weights that a rule makes of a layer's and its own tensors.
#include "tuneit/aten/layers.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/rewrite/low_rank.hpp"
#include "tuneit/net/rewrite/low_rank.hpp"

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
  using Kept = detail::Nothing;
  static void make(const at::Tensor* t, at::Tensor* made, Kept&) {
    constexpr std::size_t own = tensor_count<Base>;
    for (std::size_t i = 0; i < own; ++i) made[i] = t[i];
    const at::Tensor product = aten::mm(detail::as_matrix(t[own + 1]), detail::as_matrix(t[own]));
    made[0] = t[0].add(product.view(t[0].sizes()), O.scale);
  }
};
template <LowRankOptions O, int N, int D>
struct Effect<BesideLowRank<O>, Embedding<N, D>> {
  using Kept = detail::Nothing;
  static void make(const at::Tensor* t, at::Tensor* made, Kept&) {
    made[0] = t[0].add(aten::mm(t[2], t[1]).t(), O.scale);
  }
};

}  // namespace tuneit
