#pragma once
// Convolution, with bias and activation, in training: forward that keeps its input, and backward. 3x3 by Winograd's
// algorithm where that is faster, the others by ATen; depthwise convolutions have an operation of their own
// (depthwise.hpp).
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/conv_on_device.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/engine/layers/winograd.hpp"
#include "tuneit/kernels/norm/norm_backward.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

/// The weight in the number type of x: for lower precision, a copy.
inline at::Tensor weight_like(const at::Tensor& weight, const at::Tensor& x) { return weight.to(x.scalar_type()); }

inline at::Tensor conv_forward(at::Tensor x, const at::Tensor& weight, const at::Tensor& bias, Window w,
                               ConvSaved& saved) {
  saved.margins = margins(x, w);
  Margins m = saved.margins;
  if (!m.even()) {  // a convolution pads both sides alike
    x = aten::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom});
    m = {};
  }
  saved.weight = weight_like(weight, x);
  const std::array<std::int64_t, 2> padding{m.top, m.left};
  at::Tensor y = aten::conv2d(x, saved.weight, bias.defined() ? weight_like(bias, x) : bias, sizes(w.stride), padding,
                              w.groups, sizes(w.dilation));
  saved.x = std::move(x);
  return y;
}

struct ConvGradients {
  at::Tensor x, weight, bias;
};

inline ConvGradients conv_backward(const at::Tensor& dy, ConvSaved& saved, Window w, bool need_input, bool need_weight,
                                   bool need_bias) {
  const Margins m = saved.margins.even() ? saved.margins : Margins{};
  const std::array<std::int64_t, 2> padding{m.top, m.left}, stride = sizes(w.stride);
  ConvGradients g;
  std::tie(g.x, g.weight, g.bias) = aten::conv2d_backward(dy, saved.x, saved.weight, stride, padding, w.groups,
                                                          {need_input, need_weight, need_bias}, sizes(w.dilation));
  if (need_input && !saved.margins.even()) {
    const Margins& pad = saved.margins;
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
template <DTypeSet N>
Masked activation_gradient(at::Tensor dy, const at::Tensor& y, kernels::Clamp clamp, bool need_sum) {
  if (!need_sum || !has_kernels<N>(dy)) {
    if (!exclusive(dy)) return {activation_backward(dy, y, clamp), {}};
    if (clamp.high == 6)
      aten::hardtanh_backward_(dy, y, 0, 6);
    else
      aten::threshold_backward_(dy, y, 0);
    return {std::move(dy), {}};
  }
  dy = channels_last(dy);
  const at::Tensor behind = channels_last(y);
  Masked out{exclusive(dy) ? dy : aten::empty_like(dy), {}};
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
    out.sum = aten::empty({e.channels}, at::kDouble);
    store(out.sum, sum);
  });
  return out;
}

/// The sum of a gradient over all pixels: that of a bias.
inline at::Tensor over_pixels(const at::Tensor& dy) {
  return dy.sum({0, 2, 3}, false, dy.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

/// t: weight and bias. Fast: Winograd's algorithm is for this window and these channels.
template <DTypeSet N, bool Fast>
at::Tensor conv_train_forward(at::Tensor x, const at::Tensor* t, const ConvTask& task, ConvSaved& saved) {
  at::Tensor y;
  const at::Tensor bias = task.has_bias ? t[1] : at::Tensor();
  bool done = false;
  if constexpr (Fast)
    if (prefers_winograd<N>(x, t[0].size(0), t[0].scalar_type() == at::kFloat)) {
      x = channels_last(x);
      y = winograd_forward<N>(x, t[0], bias, task.clamp);
      if (task.weight_moves) saved.x = std::move(x);
      saved.by_winograd = done = true;
    }
  if (!done) {
    y = activate_(conv_forward(std::move(x), t[0], bias, task.window, saved), task.clamp);
    if (!task.keeps()) saved.clear();
  }
  if (task.activates && task.keeps()) saved.y = y;
  return y;
}

/// The gradient of x, if it is needed; those of weight and bias go to g.
template <DTypeSet N, bool Fast>
at::Tensor conv_train_backward(at::Tensor d, const at::Tensor* t, at::Tensor* g, const ConvTask& task,
                               ConvSaved& saved) {
  at::Tensor bias_sum, dx;
  if (task.activates) {
    Masked masked = activation_gradient<N>(std::move(d), std::exchange(saved.y, {}), task.clamp, task.bias_moves);
    d = std::move(masked.gradient);
    bias_sum = std::move(masked.sum);
  }
  bool weight_left = task.weight_moves, bias_left = task.bias_moves && !bias_sum.defined(),
       input_left = task.need_input;
  if constexpr (Fast) {
    const bool float_weight = t[0].scalar_type() == at::kFloat;
    const at::Tensor dense = channels_last(d);
    if (weight_left && prefers_winograd<N>(saved.x, t[0].size(0), float_weight, true)) {
      g[0] = winograd_weight_gradient<N>(channels_last(saved.x), dense);
      weight_left = false;
    }
    if (saved.by_winograd) {  // then the weight is done, too
      if (task.need_input) dx = winograd_input_gradient<N>(dense, t[0]);
      input_left = false;
    }
    if (bias_left && !weight_left && !input_left) {
      bias_sum = over_pixels(dense);
      bias_left = false;
    }
  }
  if (input_left || weight_left || bias_left) {
    ConvGradients all = conv_backward(d, saved, task.window, input_left, weight_left, bias_left);
    if (weight_left) g[0] = all.weight.to(t[0].scalar_type());
    if (bias_left) bias_sum = std::move(all.bias);
    if (input_left) dx = std::move(all.x);
  }
  saved.clear();
  if (task.bias_moves) g[1] = bias_sum.to(t[1].scalar_type());
  return dx;
}

}  // namespace tuneit::detail

namespace tuneit {

template <int In, int Out, Window W, bool Bias, class Activation, auto F, Need N>
struct Train<op::ConvAct<Conv2d<In, Out, W, Bias>, Activation>, F, N> {
  static constexpr bool fast = detail::is_winograd(W, In, Out);
  static constexpr detail::ConvTask task{W,
                                         Bias,
                                         N.x,
                                         F.trains(0),
                                         [] {
                                           if constexpr (Bias) return F.trains(1);
                                           return false;
                                         }(),
                                         !std::is_same_v<Activation, Identity>,
                                         detail::clamp_of<Activation>};
  static constexpr bool on_device = !Bias && detail::is_depthwise_on_device(W, In, Out);
  using Saved = detail::ConvSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (on_device)
      if (x.is_cuda())
        if (at::Tensor y = detail::depthwise_on_device(x, c.tensors, task, saved); y.defined()) return y;
    return detail::conv_train_forward<F.dtypes, fast>(std::move(x), c.tensors, task, saved);
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!task.keeps()) return {};
    if constexpr (on_device)
      if (saved.x.is_cuda() && !saved.weight.defined())  // ATen's way keeps it
        return {detail::depthwise_back_on_device(std::move(dy).sum(), c.tensors, c.gradients, task, saved)};
    return {detail::conv_train_backward<F.dtypes, fast>(std::move(dy).sum(), c.tensors, c.gradients, task, saved)};
  }
};

template <int In, int Out, Window W, bool Bias, auto F, Need N>
struct Train<Conv2d<In, Out, W, Bias>, F, N> : Train<op::ConvAct<Conv2d<In, Out, W, Bias>, Identity>, F, N> {};

}  // namespace tuneit
