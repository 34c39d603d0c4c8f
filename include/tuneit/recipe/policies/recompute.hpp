#pragma once
// Activation checkpointing.
#include <string>

#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

/// Activation checkpointing (Chen et al. 2016, arXiv 1604.06174; torch.utils.checkpoint): the parts of the network that
/// have tensors in S keep nothing but their input for the way back, and compute the rest again there. Parts are each
/// turn of a Repeat, each residual block, and in every top-level block what stands between these; one that would keep
/// no less so is left as it is. Results are the same to the bit: the second forward pass draws the same random numbers
/// and moves no running statistics. Memory for arithmetic: `memory<R>` and `training_macs<R>` count both.
template <class S>
struct Recompute : PolicyTag {
  static constexpr Stage stage = Stage::Memory;
  template <class Model>
  using judge = judge_all<Demand<!ModuleModel<Model>, RecomputesModule<origin_t<Model>, Recompute>>,
                          judge_selector<Recompute, Model, S>>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.recomputed = true; });
  }
  static std::string sentence(const double*) {
    return "what " + type_name<S>() + " would keep for the way back is computed again there";
  }
};

}  // namespace tuneit
