#pragma once
// Convolution for inference: batch norm folded into the weights, which are packed once; activation and addition done on
// the way out. oneDNN's fused operations on the CPU, plain ATen elsewhere.
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/conv2d.h>

#include <array>
#include <optional>
#include <string_view>

#include "tuneit/engine/train/conv.hpp"
#include "tuneit/engine/train/norm.hpp"

namespace tuneit::detail {

/// A convolution ready to run.
struct PackedConv {
  at::Tensor weight, bias;  ///< folded, in the number type of the network
  at::Tensor packed;        ///< in oneDNN's own order, if it takes part
  at::Tensor float_bias;    ///< for Winograd's algorithm, if it may be used: bias and weights in single precision,
  at::Tensor points;        ///< transformed already, unless they are large
  Window window{};
  kernels::Clamp clamp{};
};

/// oneDNN's convolution with a tail, as LibTorch registers it (it has no at:: name); null where it was built without.
struct OneDnn {
  using Scalars = c10::List<std::optional<at::Scalar>>;
  using Bias = const std::optional<at::Tensor>&;
  using Sizes = at::IntArrayRef;
  using Unary = at::Tensor(const at::Tensor&, const at::Tensor&, Bias, Sizes, Sizes, Sizes, std::int64_t,
                           std::string_view, Scalars, std::optional<std::string_view>);
  using Binary = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, Bias, Sizes, Sizes, Sizes, std::int64_t,
                             std::string_view, std::optional<at::Scalar>, std::optional<std::string_view>, Scalars,
                             std::optional<std::string_view>);
  using Pack = at::Tensor(const at::Tensor&, Sizes, Sizes, Sizes, std::int64_t, at::OptionalIntArrayRef);
  std::optional<c10::TypedOperatorHandle<Unary>> unary;
  std::optional<c10::TypedOperatorHandle<Binary>> binary;
  std::optional<c10::TypedOperatorHandle<Pack>> pack;

  static const OneDnn& get() {
    static const OneDnn found = [] {
      OneDnn o;
      auto& all = c10::Dispatcher::singleton();
      const auto unary = all.findSchema({"mkldnn::_convolution_pointwise", ""});
      const auto binary = all.findSchema({"mkldnn::_convolution_pointwise_", "binary"});
      const auto pack = all.findSchema({"mkldnn::_reorder_convolution_weight", ""});
      if (unary && binary && pack) {
        o.unary = unary->typed<Unary>();
        o.binary = binary->typed<Binary>();
        o.pack = pack->typed<Pack>();
      }
      return o;
    }();
    return found;
  }
};

/// t: the convolution's weight (and bias), then, if norm is not null, the batch norm's five tensors.
inline PackedConv pack_conv(const at::Tensor* t, bool has_bias, const NormTask* norm, Window w, kernels::Clamp clamp,
                            at::ScalarType type) {
  PackedConv conv;
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
  const bool one_dnn = weight.is_cpu() && (type == at::kFloat || type == at::kBFloat16) && OneDnn::get().pack;
  if (one_dnn) {
    const std::array<std::int64_t, 2> stride{w.stride, w.stride}, one{1, 1}, padding{0, 0};
    conv.packed = OneDnn::get().pack->call(conv.weight, padding, stride, one, w.groups, std::nullopt);
  }
  return conv;
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
    x = at::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom});
    m = {};
  }
  const std::array<std::int64_t, 2> padding{m.top, m.left}, stride{w.stride, w.stride}, one{1, 1};
  const std::optional<at::Tensor> bias = conv.bias.defined() ? std::optional<at::Tensor>(conv.bias) : std::nullopt;
  if (conv.packed.defined()) {
    const OneDnn& one_dnn = OneDnn::get();
    OneDnn::Scalars scalars;
    if (add.defined() && conv.clamp.high != 6) {
      if (!exclusive(add)) add = add.clone();
      one_dnn.binary->call(add, x, conv.packed, bias, padding, stride, one, w.groups, "add", at::Scalar(1),
                           conv.clamp.low == 0 ? std::optional<std::string_view>("relu") : std::nullopt, scalars,
                           std::nullopt);
      return add;
    }
    if (!add.defined()) {
      std::string_view tail = "none";
      if (conv.clamp.high == 6) {
        tail = "hardtanh";
        scalars.push_back(at::Scalar(0));
        scalars.push_back(at::Scalar(6));
      } else if (conv.clamp.low == 0) {
        tail = "relu";
      }
      return one_dnn.unary->call(x, conv.packed, bias, padding, stride, one, w.groups, tail, scalars, std::nullopt);
    }
  }
  at::Tensor y = at::conv2d(x, conv.weight, bias, w.stride, at::IntArrayRef(padding), 1, w.groups);
  if (add.defined()) y.add_(add);
  return activate_(std::move(y), conv.clamp);
}

}  // namespace tuneit::detail
