#pragma once
// Activations without tensors.
#include <concepts>

#include "tuneit/net/leaf.hpp"

namespace tuneit {

namespace detail {

/// A clamp: in place, and kept for the way back.
constexpr SavedSizes saved_of_clamp(const Facts& f) { return {.output = f.need.x, .in_place = true}; }

}  // namespace detail

struct ReLU : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

/// min(max(x, 0), 6).
struct ReLU6 : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return detail::saved_of_clamp(f); }
};

namespace detail {

/// A smooth activation: by its result, which is enough for the way back, or by its input.
struct SmoothLayer : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
};
struct KeepsResult : SmoothLayer {
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.output = f.need.x, .in_place = true}; }
};
struct KeepsInput : SmoothLayer {
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.input = f.need.x}; }
};

}  // namespace detail

/// 1 / (1 + exp(-x)).
struct Sigmoid : detail::KeepsResult {};

struct Tanh : detail::KeepsResult {};

/// x / (1 + exp(-x)), also called swish.
struct SiLU : detail::KeepsInput {};

/// By the error function: exactly.
struct Erf {};

/// By x sigmoid(1.702 x).
struct Quick {};

/// x P(X <= x) of a standard normal X (arXiv 1606.08415), by the error function; GELU<Tanh>: its approximation by a
/// hyperbolic tangent; GELU<Quick>: x sigmoid(1.702 x), as CLIP has it.
template <class By = Erf>
requires(std::same_as<By, Erf> || std::same_as<By, Tanh> || std::same_as<By, Quick>) struct GELU : detail::KeepsInput {
};

}  // namespace tuneit
