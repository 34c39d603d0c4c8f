#pragma once
// RMSprop, and its options.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

template <class... O>
struct RmsProp;

/// Of RmsProp (torch calls it alpha), in [0, 1): of the average of squares.
template <auto X>
struct Smoothing : OptimizerOption {
  using home = RmsProp<Smoothing>;
  static constexpr std::array numbers{
      detail::average_number("smoothing", static_cast<double>(X), "of the average of squares", "smoothing")};
};
/// Of RmsProp: divides by the deviation of the gradients, not by their size.
struct Centered : OptimizerOption {
  using home = RmsProp<Centered>;
  static constexpr std::array numbers{
      detail::flag_number("centered", "divides by the deviation of the gradients", "centered")};
};

/// RMSprop: g += wd p; v = a v + (1 - a) g^2; d = sqrt(v) + eps (Centered: sqrt(v - mean^2) + eps, mean = a mean + (1 -
/// a) g); p -= lr g / d, or with momentum buf = momentum buf + g / d, p -= lr buf. The rate is 0.01 unless said
/// otherwise. torch.optim.RMSprop.
template <class... O>
struct RmsProp
    : Optimizer<RmsProp<O...>,
                Defaults<Lr<1e-2>, WeightDecay<0>, Momentum<0>, Smoothing<0.99>, Eps<1e-8>, No<Centered>>, O...> {
  static constexpr const char* title = "RMSprop";
  static constexpr std::array states{OptimizerState{.name = "square_avg"},
                                     OptimizerState{.name = "momentum_buffer", .only_with = "momentum"},
                                     OptimizerState{.name = "grad_avg", .only_with = "centered"}};
};

}  // namespace tuneit
