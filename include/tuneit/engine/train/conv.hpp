#pragma once
// Convolution in training: forward that keeps its input, and backward. 3x3 by Winograd's algorithm where that is
// faster, the others by ATen; depthwise convolutions have an operation of their own (depthwise.hpp).
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>

#include <array>

#include "tuneit/engine/train/place.hpp"
#include "tuneit/engine/train/winograd.hpp"
#include "tuneit/net/layer.hpp"

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

}  // namespace tuneit::detail

namespace tuneit {

template <int In, int Out, Window W, bool Bias, auto F, bool NeedInput>
struct Train<Conv2d<In, Out, W, Bias>, F, NeedInput> {
  static constexpr bool weight_moves = F.trained(0), bias_moves = [] {
    if constexpr (Bias) return F.trained(1);
    return false;
  }();
  static constexpr bool keeps = NeedInput || weight_moves || bias_moves,
                        fast = !Bias && detail::is_winograd(W, In, Out);
  using Kept = detail::ConvKept;

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    if constexpr (fast)
      if (detail::prefers_winograd<F.numbers>(x, Out, at.tensors[0].scalar_type() == at::kFloat)) {
        x = detail::channels_last(x);
        at::Tensor y = detail::winograd_forward<F.numbers>(x, at.tensors[0]);
        if constexpr (weight_moves) kept.x = std::move(x);
        kept.by_winograd = true;
        return y;
      }
    at::Tensor bias;
    if constexpr (Bias) bias = at.tensors[1];
    at::Tensor y = detail::conv_forward(std::move(x), at.tensors[0], bias, W, kept);
    if constexpr (!keeps) kept = {};
    return y;
  }
  static Flow backward(Flow dy, Kept& kept, const Place& at) {
    if constexpr (!keeps) return {};
    const at::Tensor d = std::move(dy).sum();
    bool weight_left = weight_moves;
    if constexpr (fast) {
      const bool float_weight = at.tensors[0].scalar_type() == at::kFloat;
      const at::Tensor dense = detail::channels_last(d);
      if constexpr (weight_moves)
        if (detail::prefers_winograd<F.numbers>(kept.x, Out, float_weight, true)) {
          at.gradients[0] = detail::winograd_weight_gradient<F.numbers>(detail::channels_last(kept.x), dense);
          weight_left = false;
        }
      if (kept.by_winograd || (!NeedInput && !weight_left)) {  // then the weight is done, too
        kept = {};
        if constexpr (!NeedInput) return {};
        return {detail::winograd_input_gradient<F.numbers>(dense, at.tensors[0])};
      }
    }
    detail::ConvGradients g = detail::conv_backward(d, kept, W, NeedInput, weight_left, bias_moves);
    kept = {};
    if constexpr (weight_moves)
      if (weight_left) at.gradients[0] = g.weight.to(at.tensors[0].scalar_type());
    if constexpr (bias_moves) at.gradients[1] = g.bias.to(at.tensors[1].scalar_type());
    return {std::move(g.x)};
  }
};

}  // namespace tuneit
