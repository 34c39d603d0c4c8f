#pragma once
// Lion.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

/// Lion (arXiv 2302.06675): p *= 1 - lr wd; p -= lr sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g. A step is as long
/// as the rate in each number: the paper takes a third to a tenth of AdamW's. Rate 1e-4, betas 0.9 and 0.99 unless said
/// otherwise.
template <class... O>
struct Lion : Optimizer<Lion<O...>, Defaults<Lr<1e-4>, WeightDecay<0>, Betas<0.9, 0.99>>, O...> {
  static constexpr const char* title = "Lion";
  static constexpr std::array states{"exp_avg"};
};

}  // namespace tuneit
