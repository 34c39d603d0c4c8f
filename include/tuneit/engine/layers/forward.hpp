#pragma once
// Run a layer on a tensor. One specialisation per tag; what a plan changes in the forward pass (which batch norms use
// the batch, where dropout is on) is a template argument, so no flag is tested at run time. Lists of layers:
// engine/run/forward_lists.hpp.
#include <ATen/core/Tensor.h>

#include <array>
#include <concepts>
#include <tuple>
#include <utility>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/returns.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/recipe/assemble/facts.hpp"
#include "tuneit/verdict/reasons/networks.hpp"

namespace tuneit {

namespace detail {

/// A maximum over windows, by LibTorch.
template <Window W>
at::Tensor max_pool(const at::Tensor& x) {
  return aten::max_pool2d(x, sizes(W.kernel), sizes(W.stride), sizes(W.padding), sizes(W.dilation));
}

}  // namespace detail

/// A layer without a plain forward runs as its `Train`, of which nothing is kept.
template <class Layer, auto F>
struct Forward {
  using by_training = void;
  static at::Tensor run(at::Tensor x, const Context& c) {
    using Run = Train<Layer, F, Need{}>;
    typename Run::Saved saved{};
    return Run::forward(std::move(x), saved, c);
  }
};

namespace detail {

/// Can it be called as a forward is?
template <class Run>
concept RunsForward = requires(at::Tensor x, const Context& c) {
  { Run::run(std::move(x), c) } -> std::convertible_to<at::Tensor>;
};
/// The forward of a layer; of one without `run`, which is refused, what passes on its input.
template <class Layer, auto F>
struct RunnableOf {
  using type = Forward<Layer, F>;
};
template <class Layer, auto F>
requires(!RunsForward<Forward<Layer, F>>) struct RunnableOf<Layer, F> {
  using once = std::bool_constant<reported<LayerLacks<Layer, ItsForward>>()>;
  struct type {
    static at::Tensor run(at::Tensor x, const Context&) { return x; }
  };
};
template <class Layer, auto F>
using RunnableForward = typename RunnableOf<Layer, F>::type;

}  // namespace detail

template <int In, int Out, Window W, bool Bias, auto F>
struct Forward<Conv2d<In, Out, W, Bias>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::Tensor& weight = c.tensor(0);
    at::Tensor bias;
    if constexpr (Bias) bias = c.tensor(1);
    if constexpr (W.padding == Same) {
      const detail::Margins m = detail::margins(x, W);
      if (!m.even())  // a convolution pads both sides alike: the odd pixel goes right and down
        return convolve(aten::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom}), weight, bias, 0, 0);
      return convolve(x, weight, bias, m.top, m.left);
    } else {
      return convolve(x, weight, bias, W.padding.height, W.padding.width);
    }
  }

 private:
  static at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t pad_h,
                             std::int64_t pad_w) {
    const std::array<std::int64_t, 2> padding{pad_h, pad_w};
    return aten::conv2d(x, weight, bias, detail::sizes(W.stride), padding, W.groups, detail::sizes(W.dilation));
  }
};

template <int C, NormOptions O, auto F>
struct Forward<BatchNorm2d<C, O>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    const at::Tensor &weight = c.tensor(0), &bias = c.tensor(1), &mean = c.tensor(2), &var = c.tensor(3);
    constexpr bool batch = F.of_batch(2);
    if constexpr (batch) {
      if (x.numel() <= x.size(1)) return aten::batch_norm(x, weight, bias, {}, {}, batch, O.momentum, O.eps);
      c.tensor(4).add_(1);
    }
    return aten::batch_norm(x, weight, bias, mean, var, batch, O.momentum, O.eps);
  }
};

template <int In, int Out, bool Bias, auto F>
struct Forward<Linear<In, Out, Bias>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    if constexpr (Bias)
      return aten::linear(x, c.tensor(0), c.tensor(1));
    else
      return aten::linear(x, c.tensor(0));
  }
};

template <int In, int Out, class W, bool Bias, auto F>
struct Forward<TiedLinear<In, Out, W, Bias>, F> : Forward<Linear<In, Out, Bias>, F> {};

template <auto F>
struct Forward<ReLU, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return aten::relu(x); }
  static at::Tensor run_in_place(at::Tensor x, const Context&) { return aten::relu_(x); }
};

template <auto F>
struct Forward<ReLU6, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return aten::hardtanh(x, 0, 6); }
  static at::Tensor run_in_place(at::Tensor x, const Context&) { return aten::hardtanh_(x, 0, 6); }
};

template <Window W, auto F>
struct Forward<MaxPool2d<W>, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return detail::max_pool<W>(x); }
};

template <auto F>
struct Forward<GlobalAvgPool, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return x.mean({2, 3}); }
};

template <int H, int W, auto F>
struct Forward<AdaptiveAvgPool2d<H, W>, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return aten::adaptive_avg_pool2d(x, {H, W}); }
};

template <auto F>
struct Forward<Flatten, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return x.flatten(1); }
};

template <auto F>
struct Forward<GlobalConcatPool, F> {
  static at::Tensor run(at::Tensor x, const Context&) {
    return aten::stack({x.amax({2, 3}), x.mean({2, 3})}, 1).flatten(1);
  }
};

template <auto F>
struct Forward<Identity, F> {
  static at::Tensor run(at::Tensor x, const Context&) { return x; }
};

template <auto P, auto F>
struct Forward<Dropout<P>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    if constexpr (F.live && P > 0) {
      constexpr double keep = 1 - static_cast<double>(P);
      return x.mul(aten::empty_like(x).bernoulli_(keep, c.generator()).div_(keep));
    } else {
      return x;
    }
  }
};

template <auto P, int Blocks, auto F>
struct Forward<StochasticDepth<P, Blocks>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    if constexpr (F.live) {
      const double keep = 1 - static_cast<double>(P) * c.iteration / Blocks;
      if (keep < 1) {
        const at::Tensor kept = aten::rand({x.size(0), 1, 1, 1}, c.generator(), x.options()).add_(keep).floor_();
        return x.div(keep).mul(kept);
      }
    }
    return x;
  }
};

template <Composite Layer, auto F>
struct Forward<Layer, F> : Forward<typename Layer::layers, F> {};

}  // namespace tuneit
