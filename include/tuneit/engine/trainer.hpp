#pragma once
// A recipe at work: its tensors, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/accumulate.hpp"
#include "tuneit/engine/behaviour/clip.hpp"
#include "tuneit/engine/behaviour/distill.hpp"
#include "tuneit/engine/behaviour/early_stop.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/engine/behaviour/l2sp.hpp"
#include "tuneit/engine/behaviour/mix.hpp"
#include "tuneit/engine/behaviour/plateau.hpp"
#include "tuneit/engine/behaviour/sam.hpp"
#include "tuneit/engine/behaviour/scaler.hpp"
#include "tuneit/engine/behaviour/swa.hpp"
#include "tuneit/engine/checks/training_end.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/step/graphed_step.hpp"
#include "tuneit/engine/step/schema.hpp"
#include "tuneit/engine/step/several_inputs.hpp"
#include "tuneit/engine/step/trainer_passes.hpp"
#include "tuneit/engine/step/trainer_state.hpp"
#include "tuneit/engine/step/trainer_steps.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"

namespace tuneit {

/// Trains the network of a recipe step by step. Everything random comes from Settings::seed.
template <class R>
class Trainer {
 public:
  using Model = typename R::model;

  /// Fresh tensors; weights are loaded into `tensors()` afterwards. Throws Error(Usage) for a class count under 1, a
  /// number outside of its range, or a device that is not there.
  explicit Trainer(Settings settings) : t_(settings) {}

  /// Parameters and buffers in table order. Change values in place (`copy_`), not the handles.
  [[nodiscard]] const Tensors& tensors() const { return t_.tensors; }
  [[nodiscard]] const Settings& settings() const { return t_.settings; }
  [[nodiscard]] at::Device device() const { return t_.device; }
  /// Why steps are not replayed as CUDA graphs; empty: they are, or will be, as soon as some were the same.
  [[nodiscard]] std::string why_no_graphs() const {
    return t_.graphs ? t_.graphs->refused() : detail::why_no_graphs<R>(t_.settings, t_.device);
  }
  /// How many graphs there are now, and how many steps were replayed since the start.
  [[nodiscard]] std::pair<std::size_t, long long> graphs() const {
    return t_.graphs ? std::pair(t_.graphs->graphs(), t_.graphs->replays()) : std::pair(std::size_t{0}, 0LL);
  }
  /// Both as a sentence for people; empty on the CPU.
  [[nodiscard]] std::string graphs_text() const {
    if (t_.device.is_cpu()) return {};
    if (const std::string why = why_no_graphs(); !why.empty()) return "steps are no CUDA graphs: " + why;
    if (graphs().second == 0) return "steps become CUDA graphs as soon as two were the same";
    return std::to_string(graphs().second) + " steps were a CUDA graph each";
  }
  /// In which number type activations are computed.
  [[nodiscard]] at::ScalarType numbers() const { return t_.compute; }
  [[nodiscard]] long long steps_done() const { return t_.step; }
  /// The phase in which the trainer is: that of its last step, until the next one begins.
  [[nodiscard]] std::size_t phase() const { return t_.phase; }
  /// Enters the phase of the next step. `step` does it itself; whoever takes `features` and `step_features` apart does
  /// it before the features of an epoch. Throws Error(Usage) for an epoch of no steps, and where the training has
  /// ended.
  void begin_epoch(long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if (t_.stopped_early) detail::refuse_stopped();
    t_.enter_phase(steps_per_epoch);
  }

  /// The rate of the next step (LrScale not applied). Throws Error(Usage) for an epoch of no steps.
  [[nodiscard]] double rate(long long steps_per_epoch) const {
    if (steps_per_epoch < 1) detail::refuse_epoch_without_steps(steps_per_epoch);
    double rate = lr_at<R>(t_.settings, t_.step, steps_per_epoch);
    if constexpr (Acting::at(OnRate)) {
      auto c = t_.context(steps_per_epoch);
      rate = t_.behaviours.on_rate(rate, c);
    }
    return rate;
  }

  /// How many blocks at the beginning do not move in an epoch, counted from 0.
  [[nodiscard]] std::size_t frozen_blocks(int epoch) const {
    return detail::frozen_blocks_in<R>(phase_at<R>(t_.settings, epoch, 1).phase);
  }

  /// Optimizer steps in an epoch of so many batches: fewer where gradients are accumulated.
  [[nodiscard]] long long steps_in(long long batches) const { return steps_of_batches<R>(t_.settings, batches); }
  /// Are the pictures of a batch changed (Mixup, CutMix, a policy that acts OnBatch) or looked at (Distill, OnInputs)?
  /// Then `step` must see them, and no features can be kept.
  static constexpr bool mixes_images = recipe_effects<R>.sees_inputs;
  [[nodiscard]] static constexpr bool mixes() { return mixes_images; }

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
      refuse_lone(batch.images, 0);
      auto c = t_.context(steps_per_epoch);
      if constexpr (recipe_effects<R>.changes_inputs) {
        if (batch.images.is_alias_of(images)) batch.images = batch.images.clone();
        if (batch.targets.value.is_alias_of(labels)) batch.targets.value = batch.targets.value.clone();
        t_.behaviours.on_batch(batch, c);
      }
      t_.behaviours.on_inputs(batch, c);
      return learn(features(batch.images), batch.targets, steps_per_epoch, images, false);
    } else {
      at::Tensor x = features(images);
      refuse_lone(x, t_.frozen_here());
      return learn(std::move(x), {t_.on_device(labels)}, steps_per_epoch, images, false);
    }
  }

  /// Has the network several inputs or outputs? Then a batch is a data::Batch, with all of its inputs and targets.
  static constexpr bool takes_several = detail::several_inputs<Model> || detail::several_outputs<Model>;

  /// How many targets a sample has: one for each output that has a loss.
  [[nodiscard]] static constexpr int target_count() {
    if constexpr (detail::several_outputs<Model>) return detail::loss_places<R>.targets;
    return 1;
  }

  /// What it takes of a batch.
  [[nodiscard]] static data::Schema schema() { return tuneit::schema<R>(); }
  /// Do phases want other batches, sides or augmentation than others?
  static constexpr bool data_differs = detail::data_differs<typename R::parts>;
  /// Does the recipe say of how many samples batches are, or of which side pictures? Then Settings::batch_size and
  /// Settings::side are what `fit` wants of the data.
  static constexpr bool says_batch_size = detail::says_for_all<typename R::parts, slots::BatchSize>;
  static constexpr bool says_side = detail::says_for_all<typename R::parts, slots::Side>;

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
      refuse_lone(detail::first_of(flow), 0);
      act_on(flow, targets, batch, steps_per_epoch);
    }
    if (t_.graphs && detail::first_of(flow).size(0) > 1) [[unlikely]]
      return detail::graphed_step(t_, std::move(flow), std::move(targets), steps_per_epoch, false, false);
    detail::StepFlow<R> features = features_from(std::move(flow));
    if constexpr (!mixes_images) refuse_lone(detail::first_of(features), t_.frozen_here());
    return learn(std::move(features), targets, steps_per_epoch, given_of(batch), false);
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

  /// What a policy of the recipe that acts has by now: `trainer.behaviour<Watch>().norm`.
  template <class P>
  [[nodiscard]] decltype(auto) behaviour() const {
    static_assert(Acting::template has<P>, "tuneit: no policy of the recipe is this one, or it acts at no moment");
    if constexpr (Acting::template has<P>) return t_.behaviours.template get<P>();
  }

  /// The network that gives the soft targets of Distill: `load_weights(trainer.teacher(), path)`, or
  /// `trainer.teacher().copy(other.tensors())`, before the first step.
  [[nodiscard]] auto& teacher() {
    static_assert(!std::is_void_v<typename detail::TeacherOf<R>::type>, "tuneit: the recipe has no Distill<...>");
    return t_.behaviours.template get<typename detail::TeacherOf<R>::type>().teacher(t_.context(t_.steps_per_epoch));
  }

  /// Everything that the training remembers, see `save` and `load`.
  void state(Archive& a) {
    if (!a.reads() && t_.health.looks()) detail::throw_found(t_, true);
    t_.state(a);
  }

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

  /// The tensors that are tested and kept: the moving average, where the recipe has one (after the first step).
  [[nodiscard]] const Tensors& best_tensors() const { return t_.behaviours.before_evaluation(t_.tensors); }

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

  /// Empty sums of what is measured in tests: the recipe's metrics, and those that go with its targets.
  [[nodiscard]] MetricSums metrics() const { return detail::metric_sums<R>(detail::tested_metrics<R>{}); }
  /// The recipe's metrics of all batches since this was asked last, which begin anew. Waits for the device.
  std::vector<NamedFigure> trained_metrics() {
    if constexpr (detail::over_ranks)
      if (t_.ranks.group() != nullptr) t_.metrics.over(*t_.ranks.group());
    std::vector<NamedFigure> figures = t_.metrics.read();
    t_.metrics.reset();
    return figures;
  }
  /// The metric that picks the best epoch (Monitor); empty: none does.
  [[nodiscard]] static std::string monitor() {
    if constexpr (!std::is_void_v<typename R::monitor::metric>) return std::string(R::monitor::metric::name);
    return {};
  }
  [[nodiscard]] static constexpr bool monitor_lower_is_better() {
    if constexpr (!std::is_void_v<typename R::monitor::metric>) return R::monitor::metric::lower_is_better;
    return false;
  }

  /// The logits from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    t_.taken_features.check(features, t_.frozen_here());
    const ArenaScope memory(t_.device);
    const detail::BelowAutograd below;
    const detail::GpuNumbersScope numbers(t_.gpu);
    return t_.scored(t_.programs.rest(std::move(features), t_.phase, best_tensors(), t_.compute, t_.step + t_.changes));
  }

 private:
  using Acting = Behaviours<R>;
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
    refuse_lone(features, t_.frozen_here());
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
  /// One image and one label are given: is there one input and one output?
  static constexpr void check_one() {
    static_assert(!takes_several,
                  "tuneit: this network has several inputs or outputs: give a data::Batch, with other_inputs and "
                  "other_targets");
  }
  static const Tensors& others_of(const detail::Flow& flow) { return flow.others; }
  static Tensors others_of(const at::Tensor&) { return {}; }
  static detail::StepFlow<R> given_of(const data::Batch& batch) {
    if constexpr (detail::several_inputs<Model>)
      return {batch.images, batch.other_inputs};
    else
      return batch.images;
  }

  /// Those that act on batches and inputs.
  void act_on(detail::StepFlow<R>& flow, detail::StepTargets<R>& targets, const data::Batch& given, long long spe) {
    auto c = t_.context(spe);
    StepBatchOf<R> batch;
    batch.images = detail::first_of(flow);
    batch.targets = detail::first_of(targets);
    if constexpr (takes_several) {
      batch.other_inputs = others_of(flow);
      if constexpr (detail::several_outputs<Model>) batch.other_targets.assign(targets.begin() + 1, targets.end());
    }
    if constexpr (recipe_effects<R>.changes_inputs) {  // not the caller's memory
      if (batch.images.is_alias_of(given.images)) batch.images = batch.images.clone();
      if (batch.targets.value.is_alias_of(given.labels)) batch.targets.value = batch.targets.value.clone();
      if constexpr (takes_several) {
        for (at::Tensor& x : batch.other_inputs) x = x.clone();
        for (Targets& t : batch.other_targets) t.value = t.value.clone();
      }
      t_.behaviours.on_batch(batch, c);
    }
    t_.behaviours.on_inputs(batch, c);
    if constexpr (detail::several_outputs<Model>) {
      std::copy(batch.other_targets.begin(), batch.other_targets.end(), targets.begin() + 1);
      targets.front() = std::move(batch.targets);
    } else {
      targets = std::move(batch.targets);
    }
    if constexpr (detail::several_inputs<Model>)
      flow = {std::move(batch.images), std::move(batch.other_inputs)};
    else
      flow = std::move(batch.images);
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

  /// Throws LoneSample for one sample, x flowing into block `first`, of which a batch norm sees one value per channel.
  void refuse_lone(const at::Tensor& x, std::size_t first) const {
    if (x.size(0) != 1) return;
    if constexpr (detail::has_wires<Model>) {
      at::Tensor flow = x;
      const Tensors beside = first > 0 ? t_.programs.unpacked(flow, t_.phase) : Tensors{};
      if (first > 0 && !beside.empty()) return detail::refuse_lone_values<R>(flow, beside, t_.phase, first);
    }
    detail::refuse_lone_values<R>(x, t_.phase, first);
  }

  detail::TrainerState<R> t_;
};

}  // namespace tuneit
