#pragma once
// Run a description on a tensor. One specialisation per tag, composed at compile time; what a plan changes in the
// forward pass (which batch norms use the batch, where dropout is on) is a template argument, so no flag is tested at
// run time.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <tuple>
#include <utility>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/lists.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/returns.hpp"
#include "tuneit/recipe/assemble/facts.hpp"

namespace tuneit {

/// The state of one pass: a cursor into the flat array of tensors (table order), the turn of the enclosing Repeat, and
/// the generator that dropout draws from.
struct Pass {
  const at::Tensor* next = nullptr;
  int turn = 0;
  at::Generator generator{};

  const at::Tensor& take() { return *next++; }
};

/// How a layer runs. A layer of one's own specialises it, or is made of others (Composite).
template <class Layer, auto Facts>
struct Forward;

template <int In, int Out, Window W, bool Bias, auto F>
struct Forward<Conv2d<In, Out, W, Bias>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    const at::Tensor& weight = pass.take();
    at::Tensor bias;
    if constexpr (Bias) bias = pass.take();
    if constexpr (W.padding == Same) {
      const auto missing = [](std::int64_t size) {
        const std::int64_t out = (size + W.stride - 1) / W.stride;
        const std::int64_t pad = (out - 1) * W.stride + W.kernel - size;
        return pad > 0 ? pad : 0;
      };
      const std::int64_t h = missing(x.size(2)), w = missing(x.size(3));
      if (h % 2 != 0 || w % 2 != 0)  // a convolution pads both sides alike: the odd pixel goes right and down
        return convolve(aten::constant_pad_nd(x, {w / 2, w - w / 2, h / 2, h - h / 2}), weight, bias, 0, 0);
      return convolve(x, weight, bias, h / 2, w / 2);
    } else {
      return convolve(x, weight, bias, W.padding, W.padding);
    }
  }

 private:
  static at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, std::int64_t pad_h,
                             std::int64_t pad_w) {
    const std::array<std::int64_t, 2> padding{pad_h, pad_w};
    return aten::conv2d(x, weight, bias, W.stride, padding, W.groups);
  }
};

template <int C, NormOptions O, auto F>
struct Forward<BatchNorm2d<C, O>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    const at::Tensor &weight = pass.take(), &bias = pass.take(), &mean = pass.take(), &var = pass.take(),
                     &count = pass.take();
    constexpr bool batch = F.of_batch(2);
    if constexpr (batch) {
      if (x.numel() <= x.size(1)) return aten::batch_norm(x, weight, bias, {}, {}, batch, O.momentum, O.eps);
      count.add_(1);
    }
    return aten::batch_norm(x, weight, bias, mean, var, batch, O.momentum, O.eps);
  }
};

template <int In, int Out, bool Bias, auto F>
struct Forward<Linear<In, Out, Bias>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    const at::Tensor& weight = pass.take();
    if constexpr (Bias)
      return aten::linear(x, weight, pass.take());
    else
      return aten::linear(x, weight);
  }
};

template <auto F>
struct Forward<ReLU, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return aten::relu(x); }
  static at::Tensor run_in_place(at::Tensor x, Pass&) { return aten::relu_(x); }
};

template <auto F>
struct Forward<ReLU6, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return aten::hardtanh(x, 0, 6); }
  static at::Tensor run_in_place(at::Tensor x, Pass&) { return aten::hardtanh_(x, 0, 6); }
};

template <Window W, auto F>
struct Forward<MaxPool2d<W>, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return aten::max_pool2d(x, W.kernel, W.stride, W.padding); }
};

template <auto F>
struct Forward<GlobalAvgPool, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return x.mean({2, 3}); }
};

template <int H, int W, auto F>
struct Forward<AdaptiveAvgPool2d<H, W>, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return aten::adaptive_avg_pool2d(x, {H, W}); }
};

template <auto F>
struct Forward<Flatten, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return x.flatten(1); }
};

template <auto F>
struct Forward<GlobalConcatPool, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return aten::stack({x.amax({2, 3}), x.mean({2, 3})}, 1).flatten(1); }
};

template <auto F>
struct Forward<Identity, F> {
  static at::Tensor run(at::Tensor x, Pass&) { return x; }
};

template <auto P, auto F>
struct Forward<Dropout<P>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    if constexpr (F.live && P > 0) {
      constexpr double keep = 1 - static_cast<double>(P);
      return x.mul(aten::empty_like(x).bernoulli_(keep, pass.generator).div_(keep));
    } else {
      return x;
    }
  }
};

template <auto P, int Blocks, auto F>
struct Forward<StochasticDepth<P, Blocks>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    if constexpr (F.live) {
      const double keep = 1 - static_cast<double>(P) * pass.turn / Blocks;
      if (keep < 1) {
        const at::Tensor kept = aten::rand({x.size(0), 1, 1, 1}, pass.generator, x.options()).add_(keep).floor_();
        return x.div(keep).mul(kept);
      }
    }
    return x;
  }
};

template <Composite Layer, auto F>
struct Forward<Layer, F> : Forward<typename Layer::layers, F> {};

template <class... Layers, auto F>
struct Forward<Seq<Layers...>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = step<I>(std::move(x), pass)), ...);
      return std::move(x);
    }
    (std::index_sequence_for<Layers...>{});
  }

 private:
  template <std::size_t I>
  static constexpr std::size_t begin() {
    constexpr std::size_t counts[] = {tensor_count<Layers>..., 0};
    std::size_t sum = 0;
    for (std::size_t i = 0; i < I; ++i) sum += counts[i];
    return sum;
  }
  template <std::size_t I>
  static at::Tensor step(at::Tensor x, Pass& pass) {
    using Layer = std::tuple_element_t<I, std::tuple<Layers...>>;
    using Run = Forward<Layer, detail::slice<tensor_count<Layer>>(F, begin<I>())>;
    constexpr bool fresh[] = {false, detail::Returns<Layers>::fresh...};  // of the layer before
    if constexpr (fresh[I] && requires { Run::run_in_place(x, pass); })
      return Run::run_in_place(std::move(x), pass);
    else
      return Run::run(std::move(x), pass);
  }
};

template <fixed_string Name, class... Layers, auto F>
struct Forward<Named<Name, Layers...>, F> : Forward<Seq<Layers...>, F> {};

template <class Layer, auto F>
struct Forward<Seq<Layer>, F> : Forward<Layer, F> {};

template <auto F>
struct Forward<Seq<>, F> : Forward<Identity, F> {};

template <class Body, class Shortcut, auto F>
struct Forward<Residual<Body, Shortcut>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    constexpr std::size_t split = tensor_count<Body>;
    at::Tensor y = Forward<Body, detail::slice<split>(F, 0)>::run(x, pass);
    at::Tensor around = Forward<Shortcut, detail::slice<tensor_count<Shortcut>>(F, split)>::run(std::move(x), pass);
    if constexpr (detail::Returns<Body>::fresh)
      return y.add_(around);
    else
      return y.add(around);
  }
};

// Turns of equal plan run in one loop over one instantiation; where the plan differs, the repeat is cut.
template <int First, int Count, class Layer, auto F>
struct Forward<Repeat<First, Count, Layer>, F> {
  static at::Tensor run(at::Tensor x, Pass& pass) {
    const int outer = pass.turn;
    x = from<0>(std::move(x), pass);
    pass.turn = outer;
    return x;
  }

 private:
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr auto facts(int turn) { return detail::turn<size>(F, static_cast<std::size_t>(turn) * size); }
  static constexpr int end_of_run(int begin) {
    int end = begin + 1;
    while (end < Count && facts(end) == facts(begin)) ++end;
    return end;
  }
  template <int Begin>
  static at::Tensor from(at::Tensor x, Pass& pass) {
    if constexpr (Begin < Count) {
      constexpr int end = end_of_run(Begin);
      for (int i = Begin; i < end; ++i) {
        pass.turn = First + i;
        x = Forward<Layer, facts(Begin)>::run(std::move(x), pass);
      }
      return from<end>(std::move(x), pass);
    } else {
      return x;
    }
  }
};

}  // namespace tuneit
