#pragma once
// Convolution for inference: batch norm folded into the weights, which are packed once; activation and addition done on
// the way out. oneDNN's fused operations on the CPU, plain ATen elsewhere.
#include <array>
#include <optional>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/one_dnn.hpp"
#include "tuneit/engine/train/activation.hpp"
#include "tuneit/engine/train/norm_task.hpp"
#include "tuneit/engine/train/numbers.hpp"
#include "tuneit/engine/train/place.hpp"
#include "tuneit/engine/train/window.hpp"
#include "tuneit/engine/train/winograd.hpp"

namespace tuneit::detail {

/// A convolution ready to run.
struct PackedConv {
  at::Tensor weight, bias;  ///< folded, in the number type of the network
  at::Tensor packed;        ///< in oneDNN's own order, if it takes part
  at::Tensor float_bias;    ///< for Winograd's algorithm, if it may be used: bias and weights in single precision,
  at::Tensor points;        ///< transformed already, unless they are large
  Window window{};
  kernels::Clamp clamp{};

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
  // oneDNN takes bfloat16 on a processor with AVX-512 alone, and refuses it loudly on others
  const bool fits = type == at::kFloat || (type == at::kBFloat16 && kernels::isa() == kernels::Isa::Avx512);
  if (weight.is_cpu() && fits && aten::has_one_dnn())
    conv.packed = aten::one_dnn_weight(conv.weight, w.stride, w.groups);
}

/// clamp(conv(x) + add); add (may be undefined) is overwritten if nobody else holds it.
template <NumberSet N>
at::Tensor run_conv(at::Tensor x, const PackedConv& conv, at::Tensor add) {
  const Window w = conv.window;
  const std::int64_t out = conv.weight.size(0);
  if (is_winograd(w, static_cast<int>(x.size(1)), static_cast<int>(out)) &&
      prefers_winograd<N>(x, out, conv.points.defined() || conv.weight.scalar_type() == at::kFloat)) {
    const at::Tensor points = conv.points.defined() ? conv.points : winograd_points(conv.weight);
    at::Tensor y = add.defined() && exclusive(add) && add.is_contiguous(at::MemoryFormat::ChannelsLast)
                       ? add
                       : like_with_channels(x, out);
    if (add.defined()) add = channels_last(add);
    winograd_run<N>(channels_last(x), points, winograd_of(x, out), conv.float_bias, add, conv.clamp, y);
    return y;
  }
  Margins m = margins(x, w);
  if (!m.even()) {
    x = aten::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom});
    m = {};
  }
  if (conv.packed.defined()) {
    const aten::OneDnnConv packed{conv.packed, conv.bias, {w.stride, w.stride}, {m.top, m.left}, w.groups};
    if (add.defined() && conv.clamp.high != 6)
      return aten::one_dnn_conv_add(exclusive(add) ? add : add.clone(), x, packed, conv.clamp.low == 0);
    if (!add.defined())
      return aten::one_dnn_conv(x, packed,
                                conv.clamp.high == 6  ? "hardtanh"
                                : conv.clamp.low == 0 ? "relu"
                                                      : "none",
                                0, 6);
  }
  at::Tensor y = aten::conv2d(x, conv.weight, conv.bias.defined() ? std::optional<at::Tensor>(conv.bias) : std::nullopt,
                              w.stride, std::array<std::int64_t, 2>{m.top, m.left}, w.groups);
  if (add.defined()) y.add_(add);
  return activate_(std::move(y), conv.clamp);
}

}  // namespace tuneit::detail
