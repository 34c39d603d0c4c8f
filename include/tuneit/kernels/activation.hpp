#pragma once
// Activations that kernels apply on the way out and undo on the way back.
#include <limits>

#include "tuneit/kernels/isa/bf16.hpp"

namespace tuneit::kernels {

/// An activation that is a clamp: ReLU is (0, infinity), ReLU6 (0, 6), none (-infinity, infinity). NaN passes.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

enum class Activation { None, ReLU, ReLU6 };

template <Activation A, class F>
[[gnu::always_inline]] inline F activate(F x) {
  // written so that NaN stays NaN, as in torch
  if constexpr (A == Activation::ReLU) return x < F(0) ? F(0) : x;
  if constexpr (A == Activation::ReLU6) return x < F(0) ? F(0) : x > F(6) ? F(6) : x;
  return x;
}

/// The gradient before the activation, given the one behind it; x is the value before or behind (the derivative at 0
/// and at 6 is 0, as torch's).
template <Activation A, class F>
[[gnu::always_inline]] inline F activation_backward(F gradient, F x) {
  if constexpr (A == Activation::ReLU) return x > F(0) ? gradient : F(0);
  if constexpr (A == Activation::ReLU6) return x > F(0) && x < F(6) ? gradient : F(0);
  return gradient;
}

}  // namespace tuneit::kernels
