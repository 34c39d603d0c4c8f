#pragma once
// How do gradients move the tensors of a recipe? Each group's optimizer takes a step.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/update/groups.hpp"
#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/engine/update/optimizers.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/sentences.hpp"

namespace tuneit {

namespace detail {

template <class Opt>
GroupOptimizer<Opt> make_optimizer([[maybe_unused]] const Settings& s) {
  if constexpr (requires { typename Opt::choices; })
    return GroupOptimizer<Opt>(static_cast<std::size_t>(s.chosen_optimizer));
  else
    return {};
}
/// Which states it has under these settings, as text: two that agree can read each other's.
template <class Opt>
std::string states_text(const Settings& s, const OptimizerValues<Opt>& v) {
  std::string text = optimizer_title<Opt>(s) + ":";
  if constexpr (requires { typename Opt::choices; }) {
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) text = states_text(s, values_of_choice<O>(v));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
  } else {
    for (const OptimizerState& state : optimizer_states<Opt>)
      if (keeps(state, v)) text.append(" ").append(state.name);
  }
  return text;
}

}  // namespace detail

/// The optimizer of a recipe, of one group of tensors after the other.
template <class R>
class RecipeOptimizer {
 public:
  using Formula = typename R::optimizer::formula;

  RecipeOptimizer(const Settings& s, const Tensors& tensors) {
    for (ParameterGroup& group : make_groups<R>(s)) {
      GroupOptimizer<Formula>& optimizer = optimizers_.emplace_back(detail::make_optimizer<Formula>(s));
      for (const std::size_t row : group.rows) optimizer.add(tensors[row], row);
      groups_.push_back(std::move(group));
    }
  }

  /// One step of every group that trains in a phase, with the numbers of the moment; takes the gradients away.
  /// `overflow`: as GradScaler has it.
  void step(const OptimizerValues<Formula>& numbers, std::size_t phase, Tensors& gradients,
            const at::Tensor& overflow) {
    OptimizerValues<Formula> n = numbers;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase];
      if (!now.trains) continue;
      n.lr = numbers.lr * now.lr_scale;
      n.decay = numbers.decay * now.decay_scale;
      optimizers_[g].step(n, gradients, overflow);
    }
  }

  void state(Archive& a) { a("groups", optimizers_); }

 private:
  std::vector<ParameterGroup> groups_;
  std::vector<GroupOptimizer<Formula>> optimizers_;  ///< one for each group
};

}  // namespace tuneit
