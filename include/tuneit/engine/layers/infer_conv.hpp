#pragma once
// Convolution for inference: batch norm folded into the weights, which are packed once; activation and addition done on
// the way out. oneDNN's fused operations on the CPU, plain ATen elsewhere.
// oneDNN's activations turn NaN into 0 (max and min of AVX return the other operand). They are asked for where no NaN
// can come: a bound on what flows goes through the network with it, and is measured again where it has grown too loose
// (the largest magnitude, one read of the input). A pass of our own over every result instead cost 3 % to 7 % of
// MobileNetV2, 1 % to 3 % of ResNet-50.
#include <ATen/detail/CUDAHooksInterface.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/one_dnn.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/norm_task.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/engine/layers/winograd.hpp"
#include "tuneit/kernels/finite.hpp"

namespace tuneit::detail {

/// No number that flows is larger in magnitude, and none is NaN; infinity: not known.
using Bound = double;
inline constexpr Bound unknown = std::numeric_limits<double>::infinity();
/// Up to here sums of products are finite in every number type that oneDNN takes, those of Winograd's algorithm too.
inline constexpr Bound safe_bound = 1e30;

/// A convolution ready to run.
struct PackedConv {
  at::Tensor weight, bias;  ///< folded, in the number type of the network
  at::Tensor packed;        ///< in oneDNN's own order, if it takes part
  at::Tensor float_bias;    ///< for Winograd's algorithm, if it may be used: bias and weights in single precision,
  at::Tensor points;        ///< transformed already, unless they are large
  Window window{1};
  kernels::Clamp clamp{};
  mutable bool with_relu = false;     ///< a GPU does the activation, and an addition, in the same kernel
  double gain = unknown, offset = 0;  ///< no result is larger than gain times the largest input, and offset

  PackedConv() = default;
  [[gnu::noinline]] PackedConv(PackedConv&&) noexcept = default;  // out of line: a network has many
  [[gnu::noinline]] PackedConv& operator=(PackedConv&&) noexcept = default;
  [[gnu::noinline]] ~PackedConv() = default;
};

/// t: the convolution's weight (and bias), then, if norm is not null, the batch norm's five tensors.
[[gnu::noinline]] inline void pack_conv(PackedConv& conv, const at::Tensor* t, bool has_bias, const NormTask* norm,
                                        Window w, kernels::Clamp clamp, at::ScalarType type) {
  conv = {};
  conv.window = w;
  conv.clamp = clamp;
  at::Tensor weight = t[0], bias = has_bias ? t[1] : at::Tensor();
  if (norm != nullptr) {
    const at::Tensor* n = t + 1 + has_bias;
    const at::Tensor scale = n[0].div(n[3].add(norm->eps).sqrt());
    bias = n[1].sub((bias.defined() ? n[2].sub(bias) : n[2]).mul(scale));
    weight = weight.mul(scale.view({-1, 1, 1, 1}));
  }
  conv.weight = weight.to(type).contiguous(at::MemoryFormat::ChannelsLast);
  if (bias.defined()) conv.bias = bias.to(type);
  if (weight.is_cpu() && kernels::has_vectors() && weight.scalar_type() == at::kFloat &&
      is_winograd(w, static_cast<int>(weight.size(1)), static_cast<int>(weight.size(0))) &&
      (type == at::kFloat || (type == at::kBFloat16 && weight.size(0) * weight.size(1) <= 128 * 128))) {
    if (bias.defined()) conv.float_bias = bias.to(at::kFloat);
    if (weight.size(0) * weight.size(1) <= 256 * 256) conv.points = winograd_points(weight);
  }
  conv.with_relu = weight.is_cuda() && clamp.low == 0 && clamp.high != 6 && w.groups == 1 && type != at::kDouble &&
                   at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  // oneDNN takes bfloat16 on a processor with AVX-512 alone, and refuses it loudly on others
  const bool fits = type == at::kFloat || (type == at::kBFloat16 && kernels::isa() == kernels::Isa::Avx512);
  if (weight.is_cpu() && fits && w.dilation == 1 && aten::has_one_dnn())
    conv.packed = aten::one_dnn_weight(conv.weight, sizes(w.stride), w.groups);
  if (!conv.packed.defined()) return;
  conv.gain = 1.02 * weight.abs().flatten(1).sum(1).max().item<double>();  // a little more: numbers were rounded
  conv.offset = bias.defined() ? 1.02 * bias.abs().max().item<double>() : 0;
}

/// The largest magnitude in a dense tensor in single precision or bfloat16; NaN if there is one.
inline Bound measured(const at::Tensor& x) {
  const at::Tensor dense = channels_last(x);
  if (x.scalar_type() == at::kFloat)
    return static_cast<Bound>(kernels::largest_magnitude(data<const float>(dense), dense.numel()));
  return static_cast<Bound>(kernels::largest_magnitude(data<const kernels::Bf16>(dense), dense.numel()));
}

/// What is at most behind a convolution, before its activation; NaN or infinity where that is not known.
inline Bound reach(const PackedConv& conv, Bound most, Bound added) { return conv.gain * most + conv.offset + added; }

/// relu(conv(x) + add) by cuDNN in one kernel; undefined where it has none for these sizes, which is not tried again.
[[gnu::noinline]] inline at::Tensor conv_relu_on_gpu(const at::Tensor& x, const PackedConv& conv, const at::Tensor& add,
                                                     const Margins& m) {
  const Window w = conv.window;
  try {
    return aten::cudnn_conv_relu(x, conv.weight,
                                 conv.bias.defined() ? std::optional<at::Tensor>(conv.bias) : std::nullopt,
                                 add.defined() ? channels_last(add) : add, sizes(w.stride),
                                 std::array<std::int64_t, 2>{m.top, m.left}, w.groups, sizes(w.dilation));
  } catch (const c10::Error&) {
    conv.with_relu = false;
    return {};
  }
}

/// clamp(conv(x) + add); add (may be undefined) is overwritten if nobody else holds it. most: of x, then of the result;
/// added: of add.
template <DTypeSet N>
at::Tensor run_conv(at::Tensor x, const PackedConv& conv, at::Tensor add, Bound& most, Bound added = 0) {
  const Window w = conv.window;
  const std::int64_t out = conv.weight.size(0);
  const auto behind = [&] {  // the bound of the result
    const Bound before = reach(conv, most, added);
    return !(before <= safe_bound) ? unknown : std::min(before, static_cast<Bound>(conv.clamp.high));
  };
  if (is_winograd(w, static_cast<int>(x.size(1)), static_cast<int>(out)) &&
      prefers_winograd<N>(x, out, conv.points.defined() || conv.weight.scalar_type() == at::kFloat)) {
    const at::Tensor points = conv.points.defined() ? conv.points : winograd_points(conv.weight);
    at::Tensor y = add.defined() && exclusive(add) && add.is_contiguous(at::MemoryFormat::ChannelsLast)
                       ? add
                       : like_with_channels(x, out);
    if (add.defined()) add = channels_last(add);
    winograd_run<N>(channels_last(x), points, winograd_of(x, out), conv.float_bias, add, conv.clamp, y);
    most = behind();
    return y;
  }
  Margins m = margins(x, w);
  if (!m.even()) {
    x = aten::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom});
    m = {};
  }
  const bool clamps = conv.clamp.low == 0;
  if (conv.packed.defined()) {
    if (clamps && !(reach(conv, most, added) <= safe_bound)) {
      most = measured(x);
      if (add.defined()) added = measured(add);
    }
    most = behind();
    const bool fused = clamps && most != unknown;  // with the activation
    const aten::OneDnnConv packed{conv.packed, conv.bias, {w.stride.height, w.stride.width}, {m.top, m.left}, w.groups};
    at::Tensor y;
    if (add.defined() && conv.clamp.high != 6)
      y = aten::one_dnn_conv_add(exclusive(add) ? add : add.clone(), x, packed, fused);
    else if (!add.defined())
      y = aten::one_dnn_conv(x, packed, !fused ? "none" : conv.clamp.high == 6 ? "hardtanh" : "relu", 0, 6);
    if (y.defined()) return fused ? y : activate_(std::move(y), conv.clamp);
  }
  most = behind();
  if (conv.with_relu)
    if (at::Tensor y = conv_relu_on_gpu(x, conv, add, m); y.defined()) return y;
  at::Tensor y = aten::conv2d(x, conv.weight, conv.bias.defined() ? std::optional<at::Tensor>(conv.bias) : std::nullopt,
                              sizes(w.stride), std::array<std::int64_t, 2>{m.top, m.left}, w.groups, sizes(w.dilation));
  if (add.defined()) y.add_(add);
  return activate_(std::move(y), conv.clamp);
}

}  // namespace tuneit::detail
