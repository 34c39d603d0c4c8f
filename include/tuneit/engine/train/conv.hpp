#pragma once
// Convolution, with bias and activation, in training: forward that keeps its input, and backward. 3x3 by Winograd's
// algorithm where that is faster, the others by ATen; depthwise convolutions have an operation of their own
// (depthwise.hpp).
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>

#include <array>
#include <utility>

#include "tuneit/engine/train/norm.hpp"
#include "tuneit/engine/train/place.hpp"
#include "tuneit/engine/train/winograd.hpp"
#include "tuneit/net/program.hpp"

namespace tuneit::detail {

/// Padding of a convolution for the picture at hand: before and after, in rows and columns.
struct Margins {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  [[nodiscard]] bool even() const { return top == bottom && left == right; }
};

/// SAME keeps ceil(size / stride); the odd pixel goes right and down.
inline Margins margins(const at::Tensor& x, Window w) {
  if (w.padding != Same) return {w.padding, w.padding, w.padding, w.padding};
  const auto missing = [&](std::int64_t size) {
    const std::int64_t out = (size + w.stride - 1) / w.stride, pad = (out - 1) * w.stride + w.kernel - size;
    return pad > 0 ? pad : 0;
  };
  const std::int64_t h = missing(x.size(2)), v = missing(x.size(3));
  return {h / 2, h - h / 2, v / 2, v - v / 2};
}

struct ConvKept {
  at::Tensor x, weight;  ///< x as the convolution saw it: padded where both sides differ
  at::Tensor y;          ///< behind an activation
  Margins margins{};
  bool by_winograd = false;
};

/// The weight in the number type of x: for lower precision, a copy.
inline at::Tensor weight_like(const at::Tensor& weight, const at::Tensor& x) { return weight.to(x.scalar_type()); }

inline at::Tensor conv_forward(at::Tensor x, const at::Tensor& weight, const at::Tensor& bias, Window w,
                               ConvKept& kept) {
  kept.margins = margins(x, w);
  Margins m = kept.margins;
  if (!m.even()) {  // a convolution pads both sides alike
    x = at::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom});
    m = {};
  }
  kept.weight = weight_like(weight, x);
  const std::array<std::int64_t, 2> padding{m.top, m.left};
  at::Tensor y = at::conv2d(x, kept.weight, bias.defined() ? weight_like(bias, x) : bias, w.stride,
                            at::IntArrayRef(padding), 1, w.groups);
  kept.x = std::move(x);
  return y;
}

struct ConvGradients {
  at::Tensor x, weight, bias;
};

inline ConvGradients conv_backward(const at::Tensor& dy, ConvKept& kept, Window w, bool need_input, bool need_weight,
                                   bool need_bias) {
  const Margins m = kept.margins.even() ? kept.margins : Margins{};
  const std::array<std::int64_t, 2> padding{m.top, m.left}, stride{w.stride, w.stride}, one{1, 1}, none{0, 0};
  const std::array<std::int64_t, 1> bias_sizes{dy.size(1)};
  ConvGradients g;
  std::tie(g.x, g.weight, g.bias) =
      at::convolution_backward(dy, kept.x, kept.weight, at::OptionalIntArrayRef(at::IntArrayRef(bias_sizes)), stride,
                               padding, one, false, none, w.groups, {need_input, need_weight, need_bias});
  if (need_input && !kept.margins.even()) {
    const Margins& pad = kept.margins;
    g.x = g.x.slice(2, pad.top, g.x.size(2) - pad.bottom)
              .slice(3, pad.left, g.x.size(3) - pad.right)
              .contiguous(at::MemoryFormat::ChannelsLast);
  }
  return g;
}

/// The gradient in front of an activation, and the sum of it over all pixels where a bias wants it.
struct Masked {
  at::Tensor gradient, sum;
};

/// dy where the clamp let y pass; where our kernels fit, its sum (in double precision) comes in the same pass over
/// memory. dy is overwritten if nobody else holds it.
template <NumberSet N>
Masked activation_gradient(at::Tensor dy, const at::Tensor& y, kernels::Clamp clamp, bool need_sum) {
  if (!need_sum || !has_kernels<N>(dy)) {
    if (!exclusive(dy)) return {activation_backward(dy, y, clamp), {}};
    if (clamp.high == 6)
      at::hardtanh_backward_out(dy, dy, y, 0, 6);
    else
      at::threshold_backward_out(dy, dy, y, 0);
    return {std::move(dy), {}};
  }
  dy = channels_last(dy);
  const at::Tensor behind = channels_last(y);
  Masked out{exclusive(dy) ? dy : at::empty_like(dy), {}};
  with_numbers<N>(dy.scalar_type(), [&]<class T>(T*) {
    using C = kernels::Compute<T>;
    const kernels::Extent e = extent(dy);
    const auto channels = static_cast<std::size_t>(e.channels);
    const std::vector<C> one(channels, 1), zero(channels, 0);
    std::vector<double> sum(channels), unused(channels);
    const T* values = data<const T>(behind);
    kernels::norm_reduce<T>({.dy = data<const T>(dy),
                             .x = values,
                             .y = values,
                             .g = data<T>(out.gradient),
                             .a = one.data(),
                             .b = zero.data(),
                             .mean = zero.data(),
                             .clamp = clamp},
                            e, sum.data(), unused.data());
    out.sum = at::empty({e.channels}, at::kDouble);
    store(out.sum, sum);
  });
  return out;
}

/// The sum of a gradient over all pixels: that of a bias.
inline at::Tensor over_pixels(const at::Tensor& dy) {
  return dy.sum({0, 2, 3}, false, dy.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

}  // namespace tuneit::detail

namespace tuneit {

template <int In, int Out, Window W, bool Bias, class Activation, auto F, bool NeedInput>
struct Train<op::ConvAct<Conv2d<In, Out, W, Bias>, Activation>, F, NeedInput> {
  static constexpr bool weight_moves = F.trained(0), bias_moves = [] {
    if constexpr (Bias) return F.trained(1);
    return false;
  }();
  static constexpr kernels::Clamp clamp = detail::clamp_of<Activation>;
  static constexpr bool keeps = NeedInput || weight_moves || bias_moves,
                        masks = keeps && !std::is_same_v<Activation, Identity>, fast = detail::is_winograd(W, In, Out);
  using Kept = detail::ConvKept;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    at::Tensor bias, y;
    if constexpr (Bias) bias = at.tensors[1];
    if (fast && detail::prefers_winograd<F.numbers>(x, Out, at.tensors[0].scalar_type() == at::kFloat)) {
      x = detail::channels_last(x);
      y = detail::winograd_forward<F.numbers>(x, at.tensors[0], bias, clamp);
      if constexpr (weight_moves) kept.x = std::move(x);
      kept.by_winograd = true;
    } else {
      y = detail::activate_(detail::conv_forward(std::move(x), at.tensors[0], bias, W, kept), clamp);
      if constexpr (!keeps) kept = {};
    }
    if constexpr (masks) kept.y = y;
    return y;
  }

  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    if constexpr (!keeps) return {};
    at::Tensor d = std::move(dy).sum(), bias_sum;
    if constexpr (masks) {
      detail::Masked masked =
          detail::activation_gradient<F.numbers>(std::move(d), std::exchange(kept.y, {}), clamp, bias_moves);
      d = std::move(masked.gradient);
      bias_sum = std::move(masked.sum);
    }
    bool weight_left = weight_moves, bias_left = bias_moves && !bias_sum.defined();
    at::Tensor dx;
    bool input_left = NeedInput;
    if constexpr (fast) {
      const bool float_weight = at.tensors[0].scalar_type() == at::kFloat;
      const at::Tensor dense = detail::channels_last(d);
      if constexpr (weight_moves)
        if (detail::prefers_winograd<F.numbers>(kept.x, Out, float_weight, true)) {
          at.gradients[0] = detail::winograd_weight_gradient<F.numbers>(detail::channels_last(kept.x), dense);
          weight_left = false;
        }
      if (kept.by_winograd) {  // then the weight is done, too
        if constexpr (NeedInput) dx = detail::winograd_input_gradient<F.numbers>(dense, at.tensors[0]);
        input_left = false;
      }
      if (bias_left && !weight_left && !input_left) {
        bias_sum = detail::over_pixels(dense);
        bias_left = false;
      }
    }
    if (input_left || weight_left || bias_left) {
      detail::ConvGradients g = detail::conv_backward(d, kept, W, input_left, weight_left, bias_left);
      if constexpr (weight_moves)
        if (weight_left) at.gradients[0] = g.weight.to(at.tensors[0].scalar_type());
      if (bias_left) bias_sum = std::move(g.bias);
      if (input_left) dx = std::move(g.x);
    }
    kept = {};
    if constexpr (bias_moves) at.gradients[1] = bias_sum.to(at.tensors[1].scalar_type());
    return {std::move(dx)};
  }
};

template <int In, int Out, Window W, bool Bias, auto F, bool NeedInput>
struct Train<Conv2d<In, Out, W, Bias>, F, NeedInput>
    : Train<op::ConvAct<Conv2d<In, Out, W, Bias>, Identity>, F, NeedInput> {};

}  // namespace tuneit
