#pragma once
// Weights are exchanged for those of the file at random.
#include <array>
#include <string>

#include "tuneit/recipe/behaviour/adversarial.hpp"
#include "tuneit/recipe/plan/edit.hpp"

namespace tuneit {

/// Mixout (arXiv 1909.11299): in each pass of a training the weights W of the linear layers that S selects and that
/// train are
///   (M W0 + (1 - M) W - P W0) / (1 - P),
/// W0 what they were when the training started, M 1 with probability P and else 0, drawn for each number and batch
/// anew. Tests and files have W. Layers that start from random numbers are left out. P above 0, at most .999.
template <auto P = 0.9, class S = Except<Head>>
struct Mixout : PolicyTag {
  static constexpr Moments acts = OnStart | AroundGradients;
  static constexpr Effects effects{.weight_copies = 3};
  using selector = S;
  static constexpr std::array numbers{Hyperparameter{.name = "mixout",
                                                     .value = static_cast<double>(P),
                                                     .most = 0.999,
                                                     .open = true,
                                                     .about = "share of weights that are those of the file"}};
  static constexpr bool is_about(const TensorRow& row, const PlanRow& plan) {
    return row.owner == Owner::Linear && row.kind == Kind::Weight && plan.starts_from != Origin::Fresh;
  }
  static std::string sentence(const double* n) {
    return "mixout: of the weights of linear layers a share of " + short_number(n[0]) +
           " is what it was at the start, drawn anew for each batch";
  }
  template <class Parts>
  using judge_recipe = detail::JudgeAbout<Mixout, Parts>;
  template <class Model>
  using judge = judge_all<judge_selector<Mixout, Model, S>, detail::JudgeRanges<Mixout>>;
};

}  // namespace tuneit
