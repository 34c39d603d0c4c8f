#pragma once
// Activations of packs; see activation.hpp.
#include "tuneit/kernels/activation.hpp"
#include "tuneit/kernels/isa/pack.hpp"

namespace tuneit::kernels {

template <Activation A, class F, int N>
[[gnu::always_inline]] inline Pack<F, N> activate(const Pack<F, N>& x) {
  using P = Pack<F, N>;
  P p = x;
  if constexpr (A != Activation::None) p = where_greater(P{}, p, P{}, p);  // NaN stays NaN
  if constexpr (A == Activation::ReLU6) p = where_greater(p, splat<P>(F(6)), splat<P>(F(6)), p);
  return p;
}

template <Activation A, class F, int N>
[[gnu::always_inline]] inline Pack<F, N> activation_backward(const Pack<F, N>& behind, const Pack<F, N>& x) {
  using P = Pack<F, N>;
  P gradient = behind;
  if constexpr (A != Activation::None) gradient = where_greater(x, P{}, gradient, P{});
  if constexpr (A == Activation::ReLU6) gradient = where_greater(splat<P>(F(6)), x, gradient, P{});
  return gradient;
}

}  // namespace tuneit::kernels
