#pragma once
// Adagrad, and its options.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

template <class... O>
struct Adagrad;

/// Of Adagrad, >= 0: the rate is divided by 1 + X t after t steps.
template <auto X>
struct LrDecay : OptimizerOption {
  using home = Adagrad<LrDecay>;
  static constexpr std::array numbers{Hyperparameter{.name = "lr-decay",
                                                     .value = static_cast<double>(X),
                                                     .about = "lowers the rate of Adagrad step by step",
                                                     .label = "rate decay"}};
};
/// Of Adagrad, >= 0: where its sum of squares starts.
template <auto X>
struct InitialAccumulator : OptimizerOption {
  using home = Adagrad<InitialAccumulator>;
  static constexpr std::array numbers{Hyperparameter{.name = "initial-accumulator",
                                                     .value = static_cast<double>(X),
                                                     .about = "where the sum of squares starts",
                                                     .label = "sum from"}};
};

/// Adagrad (JMLR 12, 2011): g += wd p; sum += g^2; p -= lr / (1 + lr_decay t) g / (sqrt(sum) + eps) after t steps. The
/// rate is 0.01 unless said otherwise. torch.optim.Adagrad.
template <class... O>
struct Adagrad : Optimizer<Adagrad<O...>,
                           Defaults<Lr<1e-2>, WeightDecay<0>, LrDecay<0>, InitialAccumulator<0>, Eps<1e-10>>, O...> {
  static constexpr const char* title = "Adagrad";
  static constexpr std::array states{OptimizerState{.name = "step"},
                                     OptimizerState{.name = "sum", .starts_at = "initial-accumulator"}};
};

}  // namespace tuneit
