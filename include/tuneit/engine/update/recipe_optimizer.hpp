#pragma once
// How do gradients move the tensors of a recipe? Each group's optimizer takes a step.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/update/groups.hpp"
#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {

/// The optimizer of a recipe, of one group of tensors after the other.
template <class R>
class RecipeOptimizer {
 public:
  RecipeOptimizer(const Settings& s, const Tensors& tensors) {
    for (ParameterGroup& group : make_groups<R>(s)) {
      GroupOptimizer<R::optimizer::algorithm>& optimizer = optimizers_.emplace_back(s.algorithm);
      for (const std::size_t row : group.rows) optimizer.add(tensors[row], row);
      groups_.push_back(std::move(group));
    }
  }

  /// One step of every group that trains in a phase, with the numbers of the moment; takes the gradients away.
  /// `overflow`: as GradScaler has it.
  void step(const OptimizerNumbers& numbers, std::size_t phase, Tensors& gradients, const at::Tensor& overflow) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase];
      if (!now.trains) continue;
      OptimizerNumbers n = numbers;
      n.lr *= now.lr_scale;
      n.weight_decay *= now.decay_scale;
      optimizers_[g].step(n, gradients, {}, overflow);
    }
  }

  void state(Archive& a) { a("groups", optimizers_); }

 private:
  std::vector<ParameterGroup> groups_;
  std::vector<GroupOptimizer<R::optimizer::algorithm>> optimizers_;  ///< one for each group
};

}  // namespace tuneit
