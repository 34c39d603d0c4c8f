#pragma once
// Who acts on a batch before the first pass, and which batch is no batch to a batch norm?
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tuneit/engine/step/several_inputs.hpp"
#include "tuneit/engine/step/trainer_state.hpp"

namespace tuneit::detail {

/// What comes in behind the first input.
inline const Tensors& others_of(const Flow& flow) { return flow.others; }
inline Tensors others_of(const at::Tensor&) { return {}; }
/// What the caller gave, as it flows.
template <class R>
StepFlow<R> given_of(const data::Batch& batch) {
  using Model = typename R::model;
  if constexpr (several_inputs<Model>)
    return {batch.images, batch.other_inputs};
  else
    return batch.images;
}

/// Those that act on batches and inputs.
template <class R>
void act_on(TrainerState<R>& t, StepFlow<R>& flow, StepTargets<R>& targets, const data::Batch& given, long long spe) {
  using Model = typename R::model;
  constexpr bool takes_several = several_inputs<Model> || several_outputs<Model>;
  auto c = t.context(spe);
  StepBatchOf<R> batch;
  batch.images = first_of(flow);
  batch.targets = first_of(targets);
  if constexpr (takes_several) {
    batch.other_inputs = others_of(flow);
    if constexpr (several_outputs<Model>) batch.other_targets.assign(targets.begin() + 1, targets.end());
  }
  if constexpr (recipe_effects<R>.changes_inputs) {  // not the caller's memory
    if (batch.images.is_alias_of(given.images)) batch.images = batch.images.clone();
    if (batch.targets.value.is_alias_of(given.labels)) batch.targets.value = batch.targets.value.clone();
    if constexpr (takes_several) {
      for (at::Tensor& x : batch.other_inputs) x = x.clone();
      for (Targets& other : batch.other_targets) other.value = other.value.clone();
    }
    t.behaviours.on_batch(batch, c);
  }
  t.behaviours.on_inputs(batch, c);
  if constexpr (several_outputs<Model>) {
    std::copy(batch.other_targets.begin(), batch.other_targets.end(), targets.begin() + 1);
    targets.front() = std::move(batch.targets);
  } else {
    targets = std::move(batch.targets);
  }
  if constexpr (several_inputs<Model>)
    flow = {std::move(batch.images), std::move(batch.other_inputs)};
  else
    flow = std::move(batch.images);
}

/// Throws LoneSample for one sample, x flowing into block `first`, of which a batch norm sees one value per channel.
template <class R>
void refuse_lone(const TrainerState<R>& t, const at::Tensor& x, std::size_t first) {
  using Model = typename R::model;
  if (x.size(0) != 1) return;
  if constexpr (has_wires<Model>) {
    at::Tensor flow = x;
    const Tensors beside = first > 0 ? t.programs.unpacked(flow, t.phase) : Tensors{};
    if (first > 0 && !beside.empty()) return refuse_lone_values<R>(flow, beside, t.phase, first);
  }
  refuse_lone_values<R>(x, t.phase, first);
}

}  // namespace tuneit::detail
