#pragma once
// Activations without tensors.
#include <concepts>

#include "tuneit/net/leaf.hpp"

namespace tuneit {

namespace detail {

/// A clamp: in place, and kept for the way back.
constexpr SavedSizes saved_of_clamp(const Facts& f) { return {.output = f.need.x, .in_place = true}; }

}  // namespace detail

struct ReLU : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

/// min(max(x, 0), 6).
struct ReLU6 : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

/// 1 / (1 + exp(-x)).
struct Sigmoid : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.output = f.need.x, .in_place = true}; }
};

struct Tanh : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.output = f.need.x, .in_place = true}; }
};

/// x / (1 + exp(-x)), also called swish.
struct SiLU : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.input = f.need.x}; }
};

/// x P(X <= x) of a standard normal X (arXiv 1606.08415); GELU<Tanh>: its approximation by a hyperbolic tangent.
template <class Approximation = None>
requires(std::same_as<Approximation, None> || std::same_as<Approximation, Tanh>) struct GELU : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.input = f.need.x}; }
};

}  // namespace tuneit
