#pragma once
// Stochastic gradient descent.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

/// g += wd p; the first step buf = g, then buf = momentum buf + (1 - dampening) g; p -= lr buf. The rate is outside of
/// the buffer. `Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-3>, Nesterov>`. torch.optim.SGD.
template <class... O>
struct Sgd : Optimizer<Sgd<O...>, Defaults<Lr<1e-3>, WeightDecay<0>, Momentum<0>, Dampening<0>, No<Nesterov>>, O...> {
  static constexpr const char* title = "SGD";
  static constexpr std::array states{OptimizerState{.name = "momentum_buffer", .only_with = "momentum"}};
};

}  // namespace tuneit
