#pragma once
// A recipe at work: its tensors, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>

#include "tuneit/engine/behaviour/accumulate.hpp"
#include "tuneit/engine/behaviour/clip.hpp"
#include "tuneit/engine/behaviour/distill.hpp"
#include "tuneit/engine/behaviour/early_stop.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/engine/behaviour/for_a_pass.hpp"
#include "tuneit/engine/behaviour/l2sp.hpp"
#include "tuneit/engine/behaviour/mix.hpp"
#include "tuneit/engine/behaviour/plateau.hpp"
#include "tuneit/engine/behaviour/rdrop.hpp"
#include "tuneit/engine/behaviour/sam.hpp"
#include "tuneit/engine/behaviour/scaler.hpp"
#include "tuneit/engine/behaviour/swa.hpp"
#include "tuneit/engine/checks/training_end.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/step/act_on_batch.hpp"
#include "tuneit/engine/step/graphed_step.hpp"
#include "tuneit/engine/step/saved_state.hpp"
#include "tuneit/engine/step/several_inputs.hpp"
#include "tuneit/engine/step/trainer_outputs.hpp"
#include "tuneit/engine/step/trainer_passes.hpp"
#include "tuneit/engine/step/trainer_state.hpp"
#include "tuneit/engine/step/trainer_steps.hpp"

namespace tuneit {

/// Trains the network of a recipe step by step. Everything random comes from Settings::seed. What it is asked between
/// its steps is in engine/step/trainer_facts.hpp, what its network gives in trainer_outputs.hpp beside it.
template <class R>
class Trainer : public detail::TrainerOutputs<R> {
  using Base = detail::TrainerOutputs<R>;

 public:
  using Model = typename R::model;

  /// Fresh tensors; weights are loaded into `tensors()` afterwards. Throws Error(Usage) for a class count under 1, a
  /// number outside of its range, or a device that is not there.
  explicit Trainer(Settings settings) : Base(settings) {}

  using Base::best_tensors;
  using Base::mixes_images;

  /// Enters the phase of the next step. `step` does it itself; whoever takes `features` and `step_features` apart does
  /// it before the features of an epoch. Throws Error(Usage) for an epoch of no steps, and where the training has
  /// ended.
  void begin_epoch(long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if (t_.stopped_early) detail::refuse_stopped();
    t_.enter_phase(steps_per_epoch);
  }

  /// One batch, and an optimizer step; with Accumulate, the step comes with the last batch of a window. images: float
  /// [N, C, H, W], channels-last is fastest; labels: int64 [N], or what the loss takes (Targets).
  /// Throws Error(Usage) for a batch that the network cannot take, for an epoch of no steps, and for a step behind the
  /// last one of Settings::epochs epochs; LoneSample for one of a single sample that gives a
  /// batch norm one value per channel (nothing has moved then), BadSample where the loss is not finite because of what
  /// a sample holds, and Error(Diverged) where that is the training's doing; weights, running statistics and their
  /// counts are then those before the step. On a device nothing is read in a step: that the loss was not finite, or a
  /// label no class, is thrown by a later call of `step`, as soon as it is known, or by finish_window; nothing has
  /// moved since, and steps_done is that before the bad step. Which sample is to blame is not looked for there.
  ///
  /// What a policy throws at its moment is thrown here. Until the optimizer has stepped, weights, running statistics
  /// and what the optimizer remembers are as before, the batch does not count, and its gradients are forgotten (on
  /// gradients and before the step those of all batches of the step, whose own statistics stay: each batch but the last
  /// commits them after its backward pass); policies that were called before have done what they do. In after_step the
  /// step is taken and counts: all policies are told, whoever throws, and the first thing thrown comes last. So it is
  /// with finish_window (after_last_step) and epoch_done (on_epoch): each is told once, and not again by another call
  /// of finish_window. The training may go on in all cases.
  StepResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    check_one();
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1) t_.enter_phase(steps_per_epoch);
    begin_step(steps_per_epoch);
    if (t_.graphs && images.size(0) > 1) [[unlikely]]
      return graphed(images, labels, steps_per_epoch);
    if constexpr (mixes_images) {
      const ArenaScope memory(t_.device);
      const detail::BelowAutograd below;
      const detail::GpuNumbersScope numbers(t_.gpu);
      StepBatch batch{t_.prepared(images), {t_.on_device(labels)}};  // not the caller's memory
      detail::refuse_lone(t_, batch.images, 0);
      auto c = t_.context(steps_per_epoch);
      if constexpr (recipe_effects<R>.changes_inputs) {
        if (batch.images.is_alias_of(images)) batch.images = batch.images.clone();
        if (batch.targets.value.is_alias_of(labels)) batch.targets.value = batch.targets.value.clone();
        t_.behaviours.on_batch(batch, c);
      }
      t_.behaviours.on_inputs(batch, c);
      return learn(this->features(batch.images), batch.targets, steps_per_epoch, images, false);
    } else {
      at::Tensor x = this->features(images);
      detail::refuse_lone(t_, x, t_.frozen_here());
      return learn(std::move(x), {t_.on_device(labels)}, steps_per_epoch, images, false);
    }
  }

  /// The same of a batch with all inputs of the network (other_inputs: behind the first) and the targets of all outputs
  /// that have a loss. Throws Error(Usage), too, where it has not as many, or an input is of another type or shape.
  StepResult step(const data::Batch& batch, long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1) t_.enter_phase(steps_per_epoch);
    begin_step(steps_per_epoch);
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    detail::StepFlow<R> flow = detail::prepared_inputs(t_, batch);
    detail::StepTargets<R> targets = detail::prepared_targets(t_, batch);
    if constexpr (mixes_images) {
      detail::refuse_lone(t_, detail::first_of(flow), 0);
      detail::act_on(t_, flow, targets, batch, steps_per_epoch);
    }
    if (t_.graphs && detail::first_of(flow).size(0) > 1) [[unlikely]]
      return detail::graphed_step(t_, std::move(flow), std::move(targets), steps_per_epoch, false, false);
    detail::StepFlow<R> features = features_from(std::move(flow));
    if constexpr (!mixes_images) detail::refuse_lone(t_, detail::first_of(features), t_.frozen_here());
    return learn(std::move(features), targets, steps_per_epoch, detail::given_of<R>(batch), false);
  }

  /// A batch of the epoch is not learned from, but its step counts: phases and schedules go on as planned.
  void pass_over(long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1) t_.enter_phase(steps_per_epoch);
    const detail::BelowAutograd below;
    if (t_.numbers.on_device()) detail::send_numbers(t_, steps_per_epoch);
    const long long before = t_.step;
    detail::without_leftovers(t_, [&] { detail::end_batch(t_, steps_per_epoch, false, false); });
    if (t_.health.looks() && t_.step != before) t_.health.end_step(t_.step);
  }

  /// Steps with the batches of a window that is not full: at the end of an epoch. Without Accumulate nothing is left.
  /// Whoever takes steps without `fit` calls it: Swa averages here, and on a device it throws what went wrong in any
  /// step so far.
  void finish_window(long long steps_per_epoch) {
    if constexpr (gathers) {
      const detail::BelowAutograd below;
      const long long before = t_.step;
      if (t_.batches > 0 && t_.numbers.on_device()) detail::send_numbers(t_, steps_per_epoch);
      if (t_.batches > 0) detail::without_leftovers(t_, [&] { detail::end_batches(t_, steps_per_epoch); });
      if (t_.health.looks() && t_.step != before) t_.health.end_step(t_.step);
    }
    if (t_.health.looks()) detail::throw_found(t_, true);
    if constexpr (detail::over_ranks) t_.ranks.average_statistics(t_.tensors, best_tensors());
    if constexpr (Acting::at(AfterLastStep)) {
      if (t_.step == t_.ended_at) return;  // nothing has come since
      const detail::BelowAutograd below;
      t_.start(steps_per_epoch);
      auto c = t_.context(steps_per_epoch, t_.step - 1);
      t_.ended_at = t_.step;  // told once, whatever is thrown
      ++t_.changes;
      t_.behaviours.after_last_step(c);
    }
  }

  /// Forgets the batches of a window that is not full: a training that ended within it takes no step with them.
  void drop_window() noexcept {
    if constexpr (gathers) t_.forget_batches();
  }

  /// Told after each epoch. Moves a Plateau schedule. False: the training ends here (EarlyStop, or a policy of one's
  /// own that acts OnEpoch).
  bool epoch_done(const EpochResult& result) {
    if constexpr (Acting::at(OnEpoch)) {
      const detail::BelowAutograd below;
      auto c = t_.context(t_.steps_per_epoch, t_.step - 1);
      ++t_.changes;
      t_.stopped_early = false;
      t_.behaviours.on_epoch(result, c, t_.stopped_early);
      return !t_.stopped_early;
    }
    return true;
  }

  /// Everything that the training remembers, see `save` and `load`.
  void state(Archive& a) {
    if (!a.reads() && t_.health.looks()) detail::throw_found(t_, true);
    detail::training_state(t_, a);
  }

  /// The same as `step` from what `features` gave. Throws Error(Usage) where a new phase begins with this step and the
  /// features are of the old one, or pictures should have been mixed.
  StepResult step_features(at::Tensor features, const at::Tensor& labels, long long steps_per_epoch) {
    static_assert(!detail::several_outputs<Model>,
                  "tuneit: this network has several outputs: give a data::Batch, with other_targets");
    return step_behind(std::move(features), {t_.on_device(labels)}, steps_per_epoch);
  }
  /// Of `batch` the targets are looked at, the labels and other_targets.
  StepResult step_features(at::Tensor features, const data::Batch& batch, long long steps_per_epoch) {
    return step_behind(std::move(features), detail::prepared_targets(t_, batch), steps_per_epoch);
  }

 private:
  using Base::check_one;
  using Base::features_from;
  using Base::t_;
  using typename Base::Acting;
  static constexpr bool gathers = detail::TrainerState<R>::gathers;

  StepResult step_behind(at::Tensor features, const detail::StepTargets<R>& targets, long long steps_per_epoch) {
    if constexpr (mixes_images)
      throw Error(ErrorKind::Usage, "this recipe changes pictures or looks at them, and features are none",
                  "Give the pictures to step.");
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1)
      if (phase_at<R>(t_.settings, t_.step, steps_per_epoch).phase != t_.phase)
        throw Error(ErrorKind::Usage, "a phase of the recipe begins with step " + std::to_string(t_.step + 1),
                    "Call begin_epoch before the features of a new epoch.");
    t_.taken_features.check(features, t_.frozen_here());
    detail::refuse_lone(t_, features, t_.frozen_here());
    begin_step(steps_per_epoch);
    if (t_.graphs) [[unlikely]] {
      const detail::BelowAutograd below;
      return detail::graphed_step<R>(t_, std::move(features), targets, steps_per_epoch, true, false);
    }
    const at::Tensor given = features;
    return learn(std::move(features), targets, steps_per_epoch, given, true);
  }

  /// A step on a device that may be replayed there: what changes the batch comes before.
  StepResult graphed(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    const detail::BelowAutograd below;
    StepBatch batch{t_.prepared(images), {t_.on_device(labels)}};
    if constexpr (recipe_effects<R>.changes_inputs) {
      auto c = t_.context(steps_per_epoch);
      if (batch.images.is_alias_of(images)) batch.images = batch.images.clone();
      if (batch.targets.value.is_alias_of(labels)) batch.targets.value = batch.targets.value.clone();
      t_.behaviours.on_batch(batch, c);
    }
    return detail::graphed_step<R>(t_, std::move(batch.images), std::move(batch.targets), steps_per_epoch, false, true);
  }

  /// `given`: what the caller gave, pictures or features, to look at when the loss is no number.
  StepResult learn(detail::StepFlow<R> features, const detail::StepTargets<R>& target, long long steps_per_epoch,
                   const detail::StepFlow<R>& given, bool given_features) {
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return detail::learn(t_, std::move(features), target, steps_per_epoch, given, given_features);
  }

  /// Before the first pass.
  void begin_step(long long steps_per_epoch) {
    t_.start(steps_per_epoch);
    if (t_.numbers.on_device()) [[unlikely]]
      detail::send_numbers(t_, steps_per_epoch);
  }
  void check_step(long long steps_per_epoch) {
    if (steps_per_epoch > 0) t_.keep_time(steps_per_epoch);
    detail::check_step(t_.step, total_epochs<R>(t_.settings), steps_per_epoch);
  }
};

}  // namespace tuneit
