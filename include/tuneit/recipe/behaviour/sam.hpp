#pragma once
// Sharpness-aware minimisation.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit {

/// Sharpness-aware minimisation (arXiv 2010.01412, algorithm 1 with p = 2): the gradient of a step is taken at w + Rho
/// g / |g|, g the gradient at w, |g| the norm of all that trains together. Two passes a step; a copy of what trains is
/// kept meanwhile, and the loss that is told is the one at w. Running statistics move in the first pass only. With
/// Accumulate each batch looks around for itself (the paper's m-sharpness). Rho > 0.
template <auto Rho = 0.05>
struct Sam : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  static constexpr Effects effects{.weight_copies = 1, .gradient_copies = 1, .replays = true};
  static constexpr std::array numbers{Hyperparameter{.name = "sam-rho",
                                                     .value = static_cast<double>(Rho),
                                                     .open = true,
                                                     .about = "how far sharpness-aware minimisation looks around"}};
  template <class Model>
  using judge = detail::JudgeRanges<Sam>;
  static std::string sentence(const double* n) {
    return "sharpness-aware: gradients are those at a distance of " + short_number(n[0]) +
           " uphill (two passes a step)";
  }
};

}  // namespace tuneit
