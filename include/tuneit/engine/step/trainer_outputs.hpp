#pragma once
// What does the network of a training say of a batch, and how good is that?
#include <ATen/core/Tensor.h>

#include <utility>

#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/run/gpu_numbers.hpp"
#include "tuneit/engine/step/act_on_batch.hpp"
#include "tuneit/engine/step/several_inputs.hpp"
#include "tuneit/engine/step/trainer_facts.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"

namespace tuneit::detail {

/// What flows out of the network of a training as in evaluation; Trainer<R> takes its steps.
template <class R>
class TrainerOutputs : public TrainerFacts<R> {
  using Base = TrainerFacts<R>;

 public:
  using Model = typename R::model;
  using Base::best_tensors;
  using Base::takes_several;

  /// What flows out of the blocks that are frozen in this phase: the images themselves where there are none.
  [[nodiscard]] at::Tensor features(const at::Tensor& images) const {
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return t_.programs.prefix(t_.prepared(images), t_.phase, t_.tensors, t_.compute);
  }

  /// The same of a batch with several inputs: what flows, and what lies on wires, packed as rows of one tensor. Throws
  /// Error(Usage) where nothing is frozen, and there are several inputs.
  [[nodiscard]] at::Tensor features(const data::Batch& batch) const {
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    if (detail::several_inputs<Model> && t_.frozen_here() == 0)
      throw Error(ErrorKind::Usage,
                  "nothing is frozen in this phase, and several inputs are not one tensor of features",
                  "Give the batch to step, or to outputs.");
    return detail::first_of(features_from(detail::prepared_inputs(t_, batch)));
  }

  /// Logits [N, classes] as in evaluation, of best_tensors(), float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const {
    check_one();
    return logits_from(features(images));
  }

  /// All outputs of a batch as in evaluation, of best_tensors(): `output<Unet, "mask">(trainer.outputs(batch))`.
  [[nodiscard]] Outputs outputs(const data::Batch& batch) const {
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return outputs_of(features_from(detail::prepared_inputs(t_, batch)));
  }
  /// The same from what `features` gave.
  [[nodiscard]] Outputs outputs_from(at::Tensor features) const {
    t_.taken_features.check(features, t_.frozen_here());
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return outputs_of(std::move(features));
  }

  /// Loss (without label smoothing) and hits of logits against labels, by the recipe's loss.
  [[nodiscard]] StepResult score(const at::Tensor& logits, const at::Tensor& labels) const {
    static_assert(!detail::several_outputs<Model>,
                  "tuneit: this network has several outputs: score(outputs, batch, sums)");
    return loss_of<typename R::loss>(logits, t_.on_device(labels), loss_numbers<R>(t_.settings, true), nullptr);
  }

  /// The same of all outputs against the targets of a batch, which are added to the sums of metrics.
  [[nodiscard]] StepResult score(const Outputs& outputs, const data::Batch& batch, MetricSums& metrics) const {
    const auto targets = detail::prepared_targets(t_, batch);
    metrics.add(outputs, targets, batch.index);
    if constexpr (detail::several_outputs<Model>)
      return losses_of<R>(outputs, targets, loss_numbers<R>(t_.settings, true), nullptr);
    else
      return loss_of<typename R::loss>(outputs.only(), targets, loss_numbers<R>(t_.settings, true), nullptr);
  }

  /// The logits from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    t_.taken_features.check(features, t_.frozen_here());
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return t_.scored(t_.programs.rest(std::move(features), t_.phase, best_tensors(), t_.compute, t_.step + t_.changes));
  }

 protected:
  using Base::Base;
  using Base::t_;

  /// One image and one label are given: is there one input and one output?
  static constexpr void check_one() {
    static_assert(!takes_several,
                  "tuneit: this network has several inputs or outputs: give a data::Batch, with other_inputs and "
                  "other_targets");
  }

  /// What flows out of the frozen blocks; the inputs themselves where there are none.
  [[nodiscard]] detail::StepFlow<R> features_from(detail::StepFlow<R> flow) const {
    if constexpr (detail::several_inputs<Model>) {
      if (t_.frozen_here() == 0) return flow;
      return t_.programs.prefix(std::move(flow.x), t_.phase, t_.tensors, t_.compute, flow.others);
    } else {
      return t_.programs.prefix(std::move(flow), t_.phase, t_.tensors, t_.compute);
    }
  }
  [[nodiscard]] Outputs outputs_of(detail::StepFlow<R> features) const {
    Tensors all;
    const Tensors others = others_of(features);
    const at::Tensor last = t_.programs.rest(detail::first_of(features), t_.phase, best_tensors(), t_.compute,
                                             t_.step + t_.changes, &all, others);
    return t_.scored(detail::has_wires<Model> ? Outputs(std::move(all)) : Outputs(last));
  }
};

}  // namespace tuneit::detail
