#pragma once
// Adam and AdamW.
#include "tuneit/recipe/optimizers/optimizer.hpp"

namespace tuneit {
namespace detail {

inline constexpr std::array adam_states{OptimizerState{.name = "step"}, OptimizerState{.name = "exp_avg"},
                                        OptimizerState{.name = "exp_avg_sq"},
                                        OptimizerState{.name = "max_exp_avg_sq", .only_with = "amsgrad"}};

}  // namespace detail

/// Adam (arXiv 1412.6980), decay added to the gradient, eps after the bias correction. torch.optim.Adam.
template <class... O>
struct Adam
    : Optimizer<Adam<O...>, Defaults<Lr<1e-3>, WeightDecay<0>, Betas<0.9, 0.999>, Eps<1e-8>, No<AmsGrad>>, O...> {
  static constexpr const char* title = "Adam";
  static constexpr const auto& states = detail::adam_states;
};

/// Adam with decoupled decay (arXiv 1711.05101): p *= 1 - lr wd first. WeightDecay is 0.01 unless said otherwise.
/// torch.optim.AdamW.
template <class... O>
struct AdamW
    : Optimizer<AdamW<O...>, Defaults<Lr<1e-3>, WeightDecay<1e-2>, Betas<0.9, 0.999>, Eps<1e-8>, No<AmsGrad>>, O...> {
  static constexpr const char* title = "AdamW";
  static constexpr const auto& states = detail::adam_states;
};

}  // namespace tuneit
