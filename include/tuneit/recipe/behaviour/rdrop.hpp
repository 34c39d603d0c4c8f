#pragma once
// Two passes with other dropout shall say the same.
#include <array>
#include <string>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"

namespace tuneit {

namespace detail {

// Judged with the whole recipe.
template <class P, class Parts>
struct JudgeTwoPasses;

}  // namespace detail

/// R-Drop (arXiv 2106.14448): a batch goes through the network twice, with other dropout, and the loss is
///   (L1 + L2) / 2 + Alpha / 2 (KL(p1 || p2) + KL(p2 || p1)),
/// L1 and L2 the recipe's loss of each pass, p the softmax of the outputs, and the divergences means over the samples
/// (over the tokens that have a label). Half of the paper's equation (3), as its code has it; there the divergences are
/// sums. Both passes are one, of a batch of twice the size. Alpha > 0.
template <auto Alpha = 1.0>
struct RDrop : PolicyTag {
  static constexpr Moments acts = OnBatch | OnOutputs;
  static constexpr Order order = Order::Add;
  static constexpr Effects effects{.replays = true, .batches_at_once = 2};
  static constexpr std::array numbers{Hyperparameter{.name = "r-drop",
                                                     .value = static_cast<double>(Alpha),
                                                     .open = true,
                                                     .about = "how much two passes with other dropout shall agree"}};
  static std::string sentence(const double* n) {
    return "R-Drop: two passes with other dropout, whose divergence counts " + short_number(n[0]);
  }
  template <class Parts>
  using judge_recipe = detail::JudgeTwoPasses<RDrop, Parts>;
  template <class Model>
  using judge = detail::JudgeRanges<RDrop>;
};

}  // namespace tuneit
