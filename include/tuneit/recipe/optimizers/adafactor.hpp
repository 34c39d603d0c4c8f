#pragma once
// Adafactor, and its options.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

template <class... O>
struct Adafactor;

/// Of Adafactor, <= 0: the average of squares after t steps has the decay 1 - t^X.
template <auto X>
struct Beta2Decay : OptimizerOption {
  using home = Adafactor<Beta2Decay>;
  static constexpr std::array numbers{Hyperparameter{.name = "beta2-decay",
                                                     .value = static_cast<double>(X),
                                                     .least = -1e3,
                                                     .most = 0,
                                                     .about = "exponent of the decay of the average of squares"}};
};
/// Of Adafactor, >= 1: the largest root mean square of an update.
template <auto X>
struct UpdateClip : OptimizerOption {
  using home = Adafactor<UpdateClip>;
  static constexpr std::array numbers{Hyperparameter{.name = "update-clip",
                                                     .value = static_cast<double>(X),
                                                     .least = 1,
                                                     .about = "the largest root mean square of an update"}};
};
/// Of Adafactor, > 0: the least size of a tensor that scales its rate.
template <auto X>
struct LeastScale : OptimizerOption {
  using home = Adafactor<LeastScale>;
  static constexpr std::array numbers{Hyperparameter{.name = "least-scale",
                                                     .value = static_cast<double>(X),
                                                     .open = true,
                                                     .about = "the least size of a tensor that scales its rate"}};
};

/// Adafactor (arXiv 1804.04235), torch.optim.Adafactor's formula with foreach=False: r = min(lr, 1 / sqrt(t)); p *= 1 -
/// lr wd; a = max(LeastScale, RMS(p)) r; with b = t^Beta2Decay, matrices keep the means of g^2 over rows and columns,
/// moved by b, and v = row col / mean(row); vectors keep v = lerp(v, g^2, b); u = g / sqrt(max(v, e^2)), e the smallest
/// step of the number type; p -= a / max(1, RMS(u) / UpdateClip) u. Two numbers a row and column are remembered in the
/// place of one a weight. Rate 1e-2 unless said otherwise.
template <class... O>
struct Adafactor
    : Optimizer<Adafactor<O...>,
                Defaults<Lr<1e-2>, WeightDecay<0>, Beta2Decay<-0.8>, UpdateClip<1.0>, LeastScale<1e-3>>, O...> {
  static constexpr const char* title = "Adafactor";
  static constexpr std::array states{OptimizerState{.name = "step"},
                                     OptimizerState{.name = "row_var", .shape = StateShape::RowMeans},
                                     OptimizerState{.name = "col_var", .shape = StateShape::ColumnMeans},
                                     OptimizerState{.name = "variance", .shape = StateShape::Vectors}};
};

}  // namespace tuneit
