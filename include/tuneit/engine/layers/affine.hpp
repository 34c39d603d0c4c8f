#pragma once
// Linear layer and activation in training.
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/kernels/affine.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

struct AffineSaved {
  at::Tensor x, y, weight;
};

template <class Layer>
inline constexpr bool has_bias = false;
template <int In, int Out>
inline constexpr bool has_bias<Linear<In, Out, true>> = true;

/// Sizes for our kernel, if it is meant for such a product: [rows, in] float or double on the CPU, and small.
template <DTypeSet N>
kernels::Affine small_affine(const at::Tensor& x, const at::Tensor& weight) {
  if (x.dim() != 2 || !has_kernels<N>(x) || x.scalar_type() == at::kBFloat16) return {};
  const kernels::Affine a{x.size(0), x.size(1), weight.size(0)};
  return a.small() && x.is_contiguous() && weight.is_contiguous() ? a : kernels::Affine{};
}

/// What is multiplied: bfloat16 in single precision on an x86 processor that has no instructions for its products. They
/// are three times as fast so (measured with AVX-512 alone, where oneDNN emulates them), and rounded once either way.
inline at::Tensor multiplied(const at::Tensor& x) {
#if defined(__x86_64__)
  if (x.defined() && x.scalar_type() == at::kBFloat16 && x.is_cpu() && !kernels::has_bfloat16_products())
    return x.to(at::kFloat);
#endif
  return x;
}

/// clamp(x weight^T + bias); bias may be undefined. Numbers of x and of the others agree.
template <DTypeSet N>
at::Tensor affine_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, kernels::Clamp clamp) {
  const kernels::Affine a = small_affine<N>(x, weight);
  if (a.rows == 0) {
    const at::Tensor wide = multiplied(x), w = multiplied(weight);
    return activate_(
        in_numbers(bias.defined() ? aten::linear(wide, w, multiplied(bias)) : aten::linear(wide, w), x.scalar_type()),
        clamp);
  }
  at::Tensor y = aten::empty({a.rows, a.out}, x.options());
  with_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    if constexpr (!std::is_same_v<T, kernels::Bf16>)
      kernels::affine_forward<T>(a, data<const T>(x), data<const T>(weight), data<const T>(bias), data<T>(y), clamp);
  });
  return y;
}

struct AffineGradients {
  at::Tensor x, weight, bias;
};

/// saved: what is needed for what is asked, y only behind an activation.
template <DTypeSet N>
AffineGradients affine_backward(at::Tensor d, const AffineSaved& saved, kernels::Clamp clamp, bool need_input,
                                bool need_weight, bool need_bias) {
  AffineGradients g;
  kernels::Affine a;
  if (need_input || need_weight) {  // from what is there
    const at::Tensor& other = need_weight ? saved.x : saved.weight;
    const kernels::Affine sizes{d.size(0), other.size(-1), d.size(-1)};
    if (d.dim() == 2 && has_kernels<N>(d) && d.scalar_type() != at::kBFloat16 && sizes.small() && d.is_contiguous() &&
        (!need_weight || saved.x.is_contiguous()) && (!need_input || saved.weight.is_contiguous()))
      a = sizes;
  }
  if (a.rows > 0) {
    if (need_input) g.x = aten::empty({a.rows, a.in}, d.options());
    if (need_weight) g.weight = aten::empty({a.out, a.in}, d.options());
    if (need_bias) g.bias = aten::empty({a.out}, d.options());
    with_numbers<N>(d.scalar_type(), [&]<class T>(T*) {
      if constexpr (!std::is_same_v<T, kernels::Bf16>)
        kernels::affine_backward<T>(a, data<T>(d), data<const T>(saved.x), data<const T>(saved.weight),
                                    data<const T>(saved.y), clamp, data<T>(g.x), data<T>(g.weight), data<T>(g.bias));
    });
    return g;
  }
  d = activation_backward(d, saved.y, clamp);
  const at::Tensor rows = d.reshape({-1, d.size(-1)});
  const at::Tensor wide = multiplied(rows);
  if (need_weight) g.weight = aten::mm(wide.t(), multiplied(saved.x.reshape({-1, saved.x.size(-1)})));
  if (need_bias) g.bias = wide.sum(0);
  if (need_input) {
    std::vector<std::int64_t> sizes = d.sizes().vec();
    sizes.back() = saved.weight.size(1);
    g.x = in_numbers(aten::mm(wide, multiplied(saved.weight)), d.scalar_type()).view(sizes);
  }
  return g;
}

}  // namespace tuneit::detail

namespace tuneit {

template <class Layer, class Activation, auto F, Need N>
struct Train<op::Affine<Layer, Activation>, F, N> {
  static constexpr bool bias = detail::has_bias<Layer>, weight_moves = F.trains(0), bias_moves = bias && F.trains(bias);
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;
  using Saved = detail::AffineSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    at::Tensor weight = detail::in_numbers(c.tensors[0], x.scalar_type());
    at::Tensor y = detail::affine_forward<F.dtypes>(
        x, weight, bias ? detail::in_numbers(c.tensors[1], x.scalar_type()) : at::Tensor(), clamp);
    if constexpr (N.x || weight_moves || bias_moves)
      if constexpr (!std::is_same_v<Activation, Identity>) saved.y = y;
    if constexpr (N.x) saved.weight = std::move(weight);
    if constexpr (weight_moves) saved.x = std::move(x);
    return y;
  }

  static Gradient backward(Gradient incoming, Saved& saved, const Context& c) {
    detail::AffineGradients g =
        detail::affine_backward<F.dtypes>(std::move(incoming).sum(), saved, clamp, N.x, weight_moves, bias_moves);
    saved = {};
    if constexpr (weight_moves) c.gradients[0] = detail::in_numbers(g.weight, c.tensors[0].scalar_type());
    if constexpr (bias_moves) c.gradients[1] = detail::in_numbers(g.bias, c.tensors[1].scalar_type());
    return {std::move(g.x)};
  }
};

}  // namespace tuneit
