#pragma once
// Layers one after the other, branches and blocks that repeat, as a plain forward: composed at compile time.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/returns.hpp"
#include "tuneit/recipe/assemble/facts.hpp"

namespace tuneit {

/// A layer that reads wires is told which.
template <detail::ReadsWires Layer, auto F>
requires(!detail::WireTag<Layer>) struct Forward<Seq<Layer>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    detail::WireFrame& frame = c.frame();
    frame.reading = Layer::reads::names;
    at::Tensor y = Forward<Layer, F>::run(std::move(x), c);
    frame.reading = {};
    for (const std::uint64_t name : Layer::reads::names) frame.pass_by(name);
    return y;
  }
};

namespace detail {

template <class Layer>
inline constexpr bool reads_as_layer = ReadsWires<Layer> && !WireTag<Layer>;
template <class Layer, auto F>
using forward_of = Forward<std::conditional_t<reads_as_layer<Layer>, Seq<Layer>, Layer>, F>;

}  // namespace detail

template <class... Layers, auto F>
struct Forward<Seq<Layers...>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = step<I>(std::move(x), c.after(begin<I>()))), ...);
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
  static at::Tensor step(at::Tensor x, const Context& c) {
    using Layer = std::tuple_element_t<I, std::tuple<Layers...>>;
    using Run = detail::forward_of<Layer, detail::slice<tensor_count<Layer>>(F, begin<I>())>;
    constexpr bool fresh[] = {false, detail::Returns<Layers>::fresh...};  // of the layer before
    if constexpr (fresh[I] && requires { Run::run_in_place(x, c); })
      return Run::run_in_place(std::move(x), c);
    else if constexpr (detail::RunsForward<Run>)
      return Run::run(std::move(x), c);
    else
      return detail::RunnableForward<Layer, detail::slice<tensor_count<Layer>>(F, begin<I>())>::run(std::move(x), c);
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
  static at::Tensor run(at::Tensor x, const Context& c) {
    constexpr std::size_t split = tensor_count<Body>;
    if constexpr (detail::wired<Residual<Body, Shortcut>>) {  // the shortcut first, as in training
      const at::Tensor around =
          detail::forward_of<Shortcut, detail::slice<tensor_count<Shortcut>>(F, split)>::run(x, c.after(split));
      return detail::forward_of<Body, detail::slice<split>(F, 0)>::run(std::move(x), c).add(around);
    }
    at::Tensor y = Forward<Body, detail::slice<split>(F, 0)>::run(x, c);
    at::Tensor around =
        Forward<Shortcut, detail::slice<tensor_count<Shortcut>>(F, split)>::run(std::move(x), c.after(split));
    if constexpr (detail::Returns<Body>::fresh)
      return y.add_(around);
    else
      return y.add(around);
  }
};

// Turns of equal plan run in one loop over one instantiation; where the plan differs, the repeat is cut.
template <int First, int Count, class Layer, auto F>
struct Forward<Repeat<First, Count, Layer>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) { return from<0>(std::move(x), c); }

 private:
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr auto facts(int i) { return detail::iteration_slice<size>(F, static_cast<std::size_t>(i) * size); }
  static constexpr int end_of_run(int begin) {
    int end = begin + 1;
    while (end < Count && facts(end) == facts(begin)) ++end;
    return end;
  }
  template <int Begin>
  static at::Tensor from(at::Tensor x, const Context& c) {
    if constexpr (Begin < Count) {
      constexpr int end = end_of_run(Begin);
      for (int i = Begin; i < end; ++i) {
        Context there = c.after(static_cast<std::size_t>(i) * size);
        there.iteration = First + i;
        x = detail::forward_of<Layer, facts(Begin)>::run(std::move(x), there);
      }
      return from<end>(std::move(x), c);
    } else {
      return x;
    }
  }
};

}  // namespace tuneit
