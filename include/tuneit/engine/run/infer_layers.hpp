#pragma once
// How do the layers that have kernels run in inference? Convolutions with their norm folded in, norms, linear layers,
// pooling; and what a rule has made of them.
#include <array>
#include <utility>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/engine/layers/affine.hpp"
#include "tuneit/engine/layers/embedding.hpp"
#include "tuneit/engine/layers/layer_norm.hpp"
#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/engine/layers/smooth.hpp"
#include "tuneit/engine/rewrite/bottleneck.hpp"
#include "tuneit/engine/rewrite/effective.hpp"
#include "tuneit/engine/run/infer.hpp"
#include "tuneit/engine/spatial/pool.hpp"
#include "tuneit/engine/spatial/upsample.hpp"
#include "tuneit/engine/tokens/attention.hpp"
#include "tuneit/engine/tokens/dropout.hpp"
#include "tuneit/engine/tokens/named_linear.hpp"
#include "tuneit/engine/tokens/token_layers.hpp"

namespace tuneit {

template <int In, int Out, Window W, bool Bias, class Activation, detail::DTypeSet N>
struct Infer<op::ConvAct<Conv2d<In, Out, W, Bias>, Activation>, N> {
  using Prepared = detail::PackedConv;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    detail::pack_conv(p, t, Bias, nullptr, W, detail::clamp_of<Activation>, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& conv, detail::Bound& most) {
    return detail::run_conv<N>(std::move(x), conv, {}, most);
  }
};

template <int In, int Out, Window W, bool Bias, detail::DTypeSet N>
struct Infer<Conv2d<In, Out, W, Bias>, N> : Infer<op::ConvAct<Conv2d<In, Out, W, Bias>, Identity>, N> {};

template <int In, int Out, Window W, bool Bias, class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::ConvNorm<Conv2d<In, Out, W, Bias>, BatchNorm, Activation>, N> {
  using Prepared = detail::PackedConv;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    constexpr detail::NormTask norm = detail::norm_task<BatchNorm, Activation, detail::TensorFacts<5>{}>;
    detail::pack_conv(p, t, Bias, &norm, W, detail::clamp_of<Activation>, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& conv, detail::Bound& most) {
    return detail::run_conv<N>(std::move(x), conv, {}, most);
  }
};

template <class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::Norm<BatchNorm, Activation>, N> {
  using Prepared = std::vector<at::Tensor>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType) { p.assign(t, t + 5); }
  static at::Tensor run(at::Tensor x, const Prepared& t, detail::Bound& most) {
    most = detail::unknown;
    constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, detail::TensorFacts<5>{}>;
    detail::NormSaved nothing;
    return detail::norm_forward<N>(std::move(x), {}, t.data(), task, nothing, false);
  }
};

template <class Layer, class Activation, detail::DTypeSet N>
struct Infer<op::Affine<Layer, Activation>, N> {
  using Prepared = std::vector<at::Tensor>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    p.assign(t, t + op_tensors<Layer>);
    for (at::Tensor& one : p) one = one.to(type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& t, detail::Bound& most) {
    most = detail::unknown;
    return detail::affine_forward<N>(x, t[0], detail::has_bias<Layer> ? t[1] : at::Tensor(),
                                     detail::clamp_of<Activation>);
  }
};

namespace detail {

/// What a rule has changed runs as what it was, on weights that are made once. Run: of Base, with what has joined it,
/// which has Behind more tensors.
template <class Base, class Fn, class Run, std::size_t Behind = 0>
struct InferMade : Run {
  static void prepare(typename Run::Prepared& p, const at::Tensor* t, at::ScalarType type) {
    constexpr std::size_t own = tensor_count<Base>, all = tensor_count<op::Effective<Base, Fn>>;
    const at::NoGradGuard no_grad;
    std::array<at::Tensor, own + Behind> made;
    typename Effect<Fn, Base>::Kept kept{};
    Effect<Fn, Base>::make(t, made.data(), kept);
    for (std::size_t i = 0; i < Behind; ++i) made[own + i] = t[all + i];
    Run::prepare(p, made.data(), type);
  }
};

}  // namespace detail

template <class Base, class Fn, detail::DTypeSet N>
struct Infer<op::Effective<Base, Fn>, N> : detail::InferMade<Base, Fn, Infer<detail::FirstOp<program<Base>>, N>> {};
template <class Base, class Fn, class Activation, detail::DTypeSet N>
struct Infer<op::Affine<op::Effective<Base, Fn>, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::Affine<Base, Activation>, N>> {};
template <class Base, class Fn, class Activation, detail::DTypeSet N>
struct Infer<op::ConvAct<op::Effective<Base, Fn>, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::ConvAct<Base, Activation>, N>> {};
template <class Base, class Fn, class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::ConvNorm<op::Effective<Base, Fn>, BatchNorm, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::ConvNorm<Base, BatchNorm, Activation>, N>, 5> {};

template <Window W, detail::DTypeSet N>
struct Infer<MaxPool2d<W>, N> {
  using Prepared = detail::NothingSaved;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) {
    if (W.is_plain() && detail::has_kernels<N>(x)) return detail::max_pool_forward<N>(x, W, nullptr);
    return detail::max_pool<W>(x);
  }
};

template <detail::DTypeSet N>
struct Infer<GlobalAvgPool, N> {
  using Prepared = detail::NothingSaved;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) { return detail::average_forward<N>(x); }
};

template <int H, int W, detail::DTypeSet N>
struct Infer<AdaptiveAvgPool2d<H, W>, N> {
  using Prepared = detail::NothingSaved;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) {
    return detail::adaptive_average<H, W>(std::move(x));
  }
};

}  // namespace tuneit
