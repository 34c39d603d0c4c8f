#pragma once
// LAMB.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {

/// LAMB (arXiv 1904.00962, as timm's Lamb without its clipping): m and v as Adam's, bias corrected; u = m / (sqrt(v) +
/// eps) + wd p; p -= lr r u, with r = |p| / |u| of each tensor where there is decay and both norms are not 0, else 1.
template <class... O>
struct Lamb : Optimizer<Lamb<O...>, Defaults<Lr<1e-3>, WeightDecay<1e-2>, Betas<0.9, 0.999>, Eps<1e-6>>, O...> {
  static constexpr const char* title = "LAMB";
  static constexpr std::array states{"step", "exp_avg", "exp_avg_sq"};
};

}  // namespace tuneit
