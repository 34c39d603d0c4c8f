#pragma once
// How do gradients move the tensors of a recipe? They are pulled and clipped, each group's optimizer takes a step, and
// the moving average follows.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/engine/clip.hpp"
#include "tuneit/engine/ema.hpp"
#include "tuneit/engine/groups.hpp"
#include "tuneit/engine/l2sp.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/optimizer.hpp"
#include "tuneit/recipe/settings.hpp"

namespace tuneit {

/// The optimizer of a recipe and the policies around it: L2Sp, ClipNorm and ClipValue before its step, Ema behind it.
template <class R>
class RecipeOptimizer {
 public:
  RecipeOptimizer(const Settings& s, const Tensors& tensors) {
    for (Group& group : make_groups<R>(s)) {
      GroupOptimizer<R::optimizer::algorithm>& optimizer = optimizers_.emplace_back(s.algorithm);
      for (const std::size_t row : group.rows) optimizer.add(tensors[row], row);
      groups_.push_back(std::move(group));
    }
  }

  /// Before every forward pass in training: the average starts with the first, which moves running statistics.
  void begin([[maybe_unused]] const Tensors& tensors) {
    if constexpr (R::ema::averages)
      if (!average_) average_.emplace(tensors, moving_rows());
  }

  /// One step of every group that trains in a phase, with the numbers of the moment; takes the gradients away.
  /// `overflow`: as GradScaler has it.
  void step(const OptimizerNumbers& numbers, std::size_t phase, const Settings& s, const Tensors& tensors,
            Tensors& gradients, const at::Tensor& overflow) {
    if constexpr (R::l2sp::pulls) {
      if (!pull_) pull_.emplace(tensors, pulled_rows<R>());
      const double* const n = values_of<R, typename R::l2sp>(s);
      pull_->add(tensors, gradients, n[0], n[1]);
    }
    if constexpr (R::clip::kind == ClipKind::Norm) clip_norm(gradients, *values_of<R, typename R::clip>(s));
    if constexpr (R::clip::kind == ClipKind::Value) clip_value(gradients, *values_of<R, typename R::clip>(s));
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase];
      if (!now.trains) continue;
      OptimizerNumbers n = numbers;
      n.lr *= now.lr_scale;
      n.weight_decay *= now.decay_scale;
      optimizers_[g].step(n, gradients, {}, overflow);
    }
    if constexpr (R::ema::averages) average_->update(tensors, *values_of<R, typename R::ema>(s));
  }

  /// The tensors that are tested and kept: the moving average of `own`, where the recipe has one (after begin).
  [[nodiscard]] const Tensors& best_tensors(const Tensors& own) const {
    if constexpr (R::ema::averages)
      if (average_) return average_->tensors();
    return own;
  }

 private:
  /// Which tensors change in some phase?
  [[nodiscard]] static std::vector<bool> moving_rows() {
    const auto& t = table<typename R::model>;
    std::vector<bool> moves(t.size);
    for (const auto& p : plans<R>)
      for (std::size_t i = 0; i < moves.size(); ++i)
        moves[i] = moves[i] || (t.rows[i].is_buffer() ? p.rows[i].batch_statistics : !p.rows[i].frozen);
    return moves;
  }

  std::vector<Group> groups_;
  std::vector<GroupOptimizer<R::optimizer::algorithm>> optimizers_;  ///< one for each group
  std::optional<L2SpPull> pull_;                                     ///< from the first step on
  std::optional<MovingAverage<typename R::ema::warmup>> average_;    ///< from the first pass on
};

}  // namespace tuneit
