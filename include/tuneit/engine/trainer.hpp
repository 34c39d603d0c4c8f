#pragma once
// A recipe at work: its tensors, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/accumulate.hpp"
#include "tuneit/engine/behaviour/behaviours.hpp"
#include "tuneit/engine/behaviour/clip.hpp"
#include "tuneit/engine/behaviour/early_stop.hpp"
#include "tuneit/engine/behaviour/ema.hpp"
#include "tuneit/engine/behaviour/l2sp.hpp"
#include "tuneit/engine/behaviour/mix.hpp"
#include "tuneit/engine/behaviour/put_back.hpp"
#include "tuneit/engine/behaviour/sam.hpp"
#include "tuneit/engine/behaviour/scaler.hpp"
#include "tuneit/engine/behaviour/swa.hpp"
#include "tuneit/engine/checks/check_shape.hpp"
#include "tuneit/engine/checks/training_end.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/run/phase_programs.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/engine/update/recipe_optimizer.hpp"
#include "tuneit/recipe/queries/check.hpp"
#include "tuneit/recipe/schedules/plateau.hpp"
#include "tuneit/weights/initialise.hpp"

namespace tuneit {

/// Trains the network of a recipe step by step. Everything random comes from Settings::seed.
template <class R>
class Trainer {
 public:
  using Model = typename R::model;

  /// Fresh tensors; weights are loaded into `tensors()` afterwards. Throws Error(Usage) for a class count under 1, a
  /// number outside of its range, or a device that is not there.
  explicit Trainer(Settings settings)
      : settings_(settings),
        device_(resolve(settings.device)),
        compute_(resolve(settings.precision, device_)),
        generator_(make_generator(settings.seed)),
        tensors_(fresh_tensors()),
        gradients_(tensors_.size()),
        optimizer_(settings_, tensors_) {
    if (device_.is_cuda()) generator_ = make_generator(settings.seed, device_);
    if (compute_ == at::kHalf) scaler_.emplace(device_);
  }

  /// Parameters and buffers in table order. Change values in place (`copy_`), not the handles.
  [[nodiscard]] const Tensors& tensors() const { return tensors_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] at::Device device() const { return device_; }
  /// In which number type activations are computed.
  [[nodiscard]] at::ScalarType numbers() const { return compute_; }
  [[nodiscard]] long long steps_done() const { return step_; }
  /// The phase in which the trainer is: that of its last step, until the next one begins.
  [[nodiscard]] std::size_t phase() const { return phase_; }
  /// Enters the phase of the next step. `step` does it itself; whoever takes `features` and `step_features` apart does
  /// it before the features of an epoch. Throws Error(Usage) for an epoch of no steps, and where the training has
  /// ended.
  void begin_epoch(long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if (stopped_early_) detail::refuse_stopped();
    enter_phase(steps_per_epoch);
  }

  /// The rate of the next step (LrScale not applied). Throws Error(Usage) for an epoch of no steps.
  [[nodiscard]] double rate(long long steps_per_epoch) const {
    if (steps_per_epoch < 1) detail::refuse_epoch_without_steps(steps_per_epoch);
    return lr_at<R>(settings_, step_, steps_per_epoch) * plateau_.factor;
  }

  /// How many blocks at the beginning do not move in an epoch, counted from 0.
  [[nodiscard]] std::size_t frozen_blocks(int epoch) const {
    return detail::frozen_blocks_in<R>(phase_at<R>(settings_, epoch, 1).phase);
  }

  /// Optimizer steps in an epoch of so many batches: fewer where gradients are accumulated.
  [[nodiscard]] long long steps_in(long long batches) const {
    const long long window = window_size();
    return (batches + window - 1) / window;
  }
  /// Are the pictures of a batch changed (Mixup, CutMix, a policy that acts OnBatch)? Then `step` must see them, and no
  /// features can be kept.
  static constexpr bool mixes_images = recipe_effects<R>.changes_inputs;
  [[nodiscard]] static constexpr bool mixes() { return mixes_images; }

  /// One batch, and an optimizer step; with Accumulate, the step comes with the last batch of a window. images: float
  /// [N, C, H, W], channels-last is fastest; labels: int64 [N], or what the loss takes (Target).
  /// Throws Error(Usage) for a batch that the network cannot take, for an epoch of no steps, and for a step behind the
  /// last one of Settings::epochs epochs; LoneSample for one of a single sample that gives a
  /// batch norm one value per channel (nothing has moved then), BadSample where the loss is not finite because of what
  /// a sample holds, and Error(Diverged) where that is the training's doing; the weights are then those before the
  /// step. Not so the running statistics of batch norms that are not frozen: the forward pass has moved them already,
  /// and what was no number is in them. Whoever goes on after that goes on from a copy.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1) enter_phase(steps_per_epoch);
    start(steps_per_epoch);
    if constexpr (mixes_images) {
      const ArenaScope memory;
      const detail::BelowAutograd below;
      StepBatch batch{prepared(images), {on_device(labels)}};  // not the caller's memory
      if (batch.images.is_alias_of(images)) batch.images = batch.images.clone();
      if (batch.targets.labels.is_alias_of(labels)) batch.targets.labels = batch.targets.labels.clone();
      refuse_lone(batch.images, 0);
      auto c = context(steps_per_epoch);
      behaviours_.on_batch(batch, c);
      return learn(features(batch.images), batch.targets, steps_per_epoch, images, false);
    } else {
      at::Tensor x = features(images);
      refuse_lone(x, frozen_here());
      return learn(std::move(x), {on_device(labels)}, steps_per_epoch, images, false);
    }
  }

  /// A batch of the epoch is not learned from, but its step counts: phases and schedules go on as planned.
  void pass_over(long long steps_per_epoch) {
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1) enter_phase(steps_per_epoch);
    if constexpr (accumulates) {
      window_.pass();
      if (window_.batches() < window_size()) return;
      const detail::BelowAutograd below;
      end_window(steps_per_epoch);
    } else {
      ++step_;
    }
  }

  /// Steps with the batches of a window that is not full: at the end of an epoch. Without Accumulate nothing is left.
  /// Whoever takes steps without `fit` calls it: Swa averages here.
  void finish_window(long long steps_per_epoch) {
    if constexpr (accumulates) {
      const detail::BelowAutograd below;
      if (window_.batches() > 0) end_window(steps_per_epoch);
    }
    if constexpr (Acting::at(AfterLastStep)) {
      if (step_ == ended_at_) return;  // nothing has come since
      const detail::BelowAutograd below;
      start(steps_per_epoch);
      auto c = context(steps_per_epoch, step_ - 1);
      behaviours_.after_last_step(c);
      ended_at_ = step_;
      ++changes_;
    }
  }

  /// Forgets the batches of a window that is not full: a training that ended within it takes no step with them.
  void drop_window() noexcept {
    if constexpr (accumulates) window_.drop();
  }

  /// Told after each epoch. Moves a Plateau schedule. False: the training ends here (EarlyStop, or a policy of one's
  /// own that acts OnEpoch).
  bool epoch_done(const EpochResult& result) {
    if constexpr (detail::watches_loss<typename R::schedule>) plateau_.observe(result.watched_loss());
    if constexpr (Acting::at(OnEpoch)) {
      const detail::BelowAutograd below;
      auto c = context(steps_per_epoch_, step_ - 1);
      ++changes_;
      stopped_early_ = behaviours_.on_epoch(result, c) == Training::Stop;
      return !stopped_early_;
    }
    return true;
  }

  /// What a policy of the recipe that acts has by now: `trainer.behaviour<Watch>().norm`.
  template <class P>
  [[nodiscard]] const auto& behaviour() const {
    static_assert(Acting::template has<P>, "tuneit: no policy of the recipe is this one, or it acts at no moment");
    return behaviours_.template get<P>();
  }

  /// Everything that the training remembers, see `save` and `load`.
  void state(Archive& a) {
    a("step", step_);
    a("phase", phase_);
    a("steps_per_epoch", steps_per_epoch_);
    a.in_place("tensors", tensors_);
    bool started = started_;
    a("started", started);
    if (a.reads() && started) start(steps_per_epoch_);  // makes what is read into
    started_ = started;
    a("optimizer", optimizer_);
    a("behaviours", behaviours_);
    a("scaler", scaler_);
    a("window", window_);
    a("plateau", plateau_);
    at::Tensor draws = generator_.get_state();
    a("generator", draws);
    a("ended_at", ended_at_);
    a("stopped_early", stopped_early_);
    if (!a.reads()) return;
    generator_.set_state(draws);
    programs_ = {};  // they hold what was made of the weights
  }

  /// What flows out of the blocks that are frozen in this phase: the images themselves where there are none.
  [[nodiscard]] at::Tensor features(const at::Tensor& images) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    return programs_.prefix(prepared(images), phase_, tensors_, compute_);
  }

  /// The same as `step` from what `features` gave. Throws Error(Usage) where a new phase begins with this step and the
  /// features are of the old one, or pictures should have been mixed.
  BatchResult step_features(at::Tensor features, const at::Tensor& labels, long long steps_per_epoch) {
    if constexpr (mixes_images)
      throw Error(ErrorKind::Usage, "this recipe mixes pictures, which features are not", "Give the pictures to step.");
    check_step(steps_per_epoch);
    if constexpr (R::phase_count > 1)
      if (phase_at<R>(settings_, step_, steps_per_epoch).phase != phase_)
        throw Error(ErrorKind::Usage, "a phase of the recipe begins with step " + std::to_string(step_ + 1),
                    "Call begin_epoch before the features of a new epoch.");
    taken_features_.check(features, frozen_here());
    refuse_lone(features, frozen_here());
    start(steps_per_epoch);
    const at::Tensor given = features;
    return learn(std::move(features), {on_device(labels)}, steps_per_epoch, given, true);
  }

  /// The tensors that are tested and kept: the moving average, where the recipe has one (after the first step).
  [[nodiscard]] const Tensors& best_tensors() const { return behaviours_.before_evaluation(tensors_); }

  /// Logits [N, classes] as in evaluation, of best_tensors(), float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const { return logits_from(features(images)); }

  /// Loss (without label smoothing) and hits of logits against labels, by the recipe's loss.
  [[nodiscard]] BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const {
    return score_of<typename R::loss>(logits, on_device(labels), settings_.loss);
  }

  /// The logits from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    taken_features_.check(features, frozen_here());
    const ArenaScope memory;
    const detail::BelowAutograd below;
    return scored(programs_.rest(std::move(features), phase_, best_tensors(), compute_, step_ + changes_));
  }

 private:
  using Acting = Behaviours<R>;
  static constexpr bool accumulates = !std::is_same_v<typename R::accumulate, detail::NoAccumulation>;

  [[nodiscard]] Tensors fresh_tensors() {
    check_settings<R>(settings_);
    Tensors tensors = make_tensors<Model, typename R::head::initialiser>(settings_.classes, generator_);
    const at::ScalarType kept = compute_ == at::kDouble ? at::kDouble : at::kFloat;
    for (at::Tensor& t : tensors)
      if (t.is_floating_point()) t = t.to(device_, kept);
    return tensors;
  }

  [[nodiscard]] long long window_size() const {
    if constexpr (accumulates) return static_cast<long long>(values_of<R, typename R::accumulate>(settings_)[0]);
    return 1;
  }
  [[nodiscard]] at::Tensor on_device(const at::Tensor& labels) const {
    return labels.device() == device_ ? labels : labels.to(device_, labels.scalar_type(), /*non_blocking=*/true);
  }

  /// `given`: what the caller gave, pictures or features, to look at when the loss is no number.
  BatchResult learn(at::Tensor features, const Target& target, long long steps_per_epoch, const at::Tensor& given,
                    bool given_features) {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    BatchResult result;
    const auto run = [&](at::Tensor x) {
      BatchResult one;
      detail::with_passes<R>(phase_, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        one = gradients_of<InPhase<R, I>>(std::move(x), target);
      });
      if (std::isfinite(one.loss)) return one;
      detail::blame_samples(given, given_features, target.labels, compute_);
      throw Error(ErrorKind::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate, or add a warm-up");
    };
    if constexpr (Acting::at(AroundGradients)) {
      bool again = false, whole = false;
      auto c = context(steps_per_epoch);
      behaviours_.around_gradients(c, [&] {
        const detail::PutBack statistics(again ? moving_statistics() : Tensors{});
        gradients_.assign(tensors_.size(), {});
        whole = false;
        const BatchResult one = run(features);
        whole = true;
        if (!again) result = one;
        again = true;
        return one.loss;
      });
      if (!whole)
        throw Error(ErrorKind::Usage, "a policy that acts around gradients did not compute them",
                    "Call the second argument of around_gradients at least once, and let what it throws pass.");
    } else {
      result = run(std::move(features));
    }
    if constexpr (accumulates) {
      window_.add(gradients_, weight_of<typename R::loss>(target.labels));
      if (window_.batches() < window_size()) return result;
      end_window(steps_per_epoch);
    } else {
      optimize(steps_per_epoch);
    }
    return result;
  }

  /// The step of a window, unless none of its batches gave gradients.
  void end_window(long long steps_per_epoch) {
    const bool learned = !window_.empty();
    window_.finish(gradients_);
    if (learned) return optimize(steps_per_epoch);
    gradients_.assign(tensors_.size(), {});
    ++step_;
  }

  /// Forward, loss and backward; fills gradients_ where the loss is a number.
  template <class P>
  BatchResult gradients_of(at::Tensor features, const Target& target) {
    TrainPass<P> pass;
    const at::Tensor logits = scored(pass.forward(std::move(features), tensors_, generator_));
    at::Tensor gradient;
    detail::LossNumbers numbers = settings_.loss;
    numbers.smoothing = settings_.label_smoothing;
    BatchResult result;
    if constexpr (mixes_images)
      result = loss_of<typename R::loss>(logits, target, numbers, &gradient);
    else
      result = loss_of<typename R::loss>(logits, target.labels, numbers, &gradient);
    if (!std::isfinite(result.loss)) return result;
    if (scaler_) gradient = scaler_->scaled(gradient);
    pass.backward(detail::in_numbers(gradient, compute_), gradients_);
    return result;
  }

  /// One step of the optimizer; takes the gradients away.
  void optimize(long long steps_per_epoch) {
    at::Tensor overflow;
    if (scaler_) overflow = scaler_->unscale(gradients_);
    OptimizerNumbers numbers = optimizer_at<R>(settings_, step_, steps_per_epoch);
    if constexpr (detail::watches_loss<typename R::schedule>) numbers.lr *= plateau_.factor;
    if constexpr (Acting::at(OnGradients | BeforeStep | AfterStep)) {
      auto c = context(steps_per_epoch);
      c.overflow = overflow;
      behaviours_.on_gradients(c);
      behaviours_.before_step(c);
      optimizer_.step(numbers, phase_, gradients_, overflow);
      ++step_;
      behaviours_.after_step(c);
    } else {
      optimizer_.step(numbers, phase_, gradients_, overflow);
      ++step_;
    }
  }

  /// Before the first pass.
  void start([[maybe_unused]] long long steps_per_epoch) {
    if constexpr (Acting::any) steps_per_epoch_ = steps_per_epoch;
    if constexpr (Acting::at(OnStart)) {
      if (started_) return;
      const detail::BelowAutograd below;
      auto c = context(steps_per_epoch);
      behaviours_.on_start(c);
      started_ = true;
      ++changes_;
    }
  }
  [[nodiscard]] StepContext<R> context(long long steps_per_epoch) const { return context(steps_per_epoch, step_); }
  /// Of step `at`: of the last one where an epoch is through.
  [[nodiscard]] StepContext<R> context(long long steps_per_epoch, long long at) const {
    const int epoch = steps_per_epoch > 0 ? static_cast<int>(at / steps_per_epoch) : 0;
    return {tensors_, gradients_, behaviours_.rows(phase_), {at, epoch, phase_, steps_per_epoch}, generator_,
            device_,  settings_};
  }
  /// The running statistics of batch norms that use the batch in this phase.
  [[nodiscard]] Tensors moving_statistics() const {
    Tensors moving;
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      if (table<Model>.rows[i].is_buffer() && plans<R>[phase_].rows[i].batch_statistics) moving.push_back(tensors_[i]);
    return moving;
  }

  [[nodiscard]] PlateauState first_plateau() const {
    if constexpr (detail::watches_loss<typename R::schedule>)
      return R::schedule::start(values_of<R, typename R::schedule>(settings_));
    return {};
  }

  /// On the device, in the number type and memory format in which the network computes.
  [[nodiscard]] at::Tensor prepared(const at::Tensor& images) const {
    taken_.check(images);
    at::Tensor x = images;
    if (x.scalar_type() != compute_ || x.device() != device_) x = x.to(device_, compute_);
    return detail::channels_last(x);
  }
  void check_step(long long steps_per_epoch) const {
    detail::check_step(step_, total_epochs<R>(settings_), steps_per_epoch);
  }
  void enter_phase(long long steps_per_epoch) { phase_ = phase_at<R>(settings_, step_, steps_per_epoch).phase; }
  [[nodiscard]] std::size_t frozen_here() const { return detail::frozen_blocks_in<R>(phase_); }
  /// Throws LoneSample for one sample, x flowing into block `first`, of which a batch norm sees one value per channel.
  void refuse_lone(const at::Tensor& x, std::size_t first) const {
    if (x.size(0) == 1) detail::refuse_lone_values<R>(x, phase_, first);
  }
  [[nodiscard]] at::Tensor scored(const at::Tensor& logits) const {
    return detail::in_numbers(logits, compute_ == at::kDouble ? at::kDouble : at::kFloat);
  }

  Settings settings_;
  at::Device device_;
  at::ScalarType compute_;
  at::Generator generator_;
  Tensors tensors_, gradients_;
  RecipeOptimizer<R> optimizer_;
  std::optional<GradScaler> scaler_;
  mutable detail::PhasePrograms<R> programs_;
  AccumulatedGradients<typename R::loss::reduction> window_;
  mutable detail::ImageShape<Model> taken_;
  mutable detail::FeatureShape<Model> taken_features_;
  PlateauState plateau_ = first_plateau();
  Acting behaviours_;
  bool stopped_early_ = false;
  std::size_t phase_ = 0;
  long long step_ = 0, steps_per_epoch_ = 0;
  long long ended_at_ = 0;  ///< the step after which behaviours were told of an epoch's end
  long long changes_ = 0;   ///< times that behaviours may have changed tensors outside of a step
  bool started_ = false;    ///< behaviours were told
};

}  // namespace tuneit
