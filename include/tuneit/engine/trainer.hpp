#pragma once
// A recipe at work: its tensors, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/accumulate.hpp"
#include "tuneit/engine/arena.hpp"
#include "tuneit/engine/check_shape.hpp"
#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/loss.hpp"
#include "tuneit/engine/mix.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/phase_programs.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/engine/recipe_optimizer.hpp"
#include "tuneit/engine/scaler.hpp"
#include "tuneit/engine/stopping.hpp"
#include "tuneit/engine/train.hpp"
#include "tuneit/recipe/check.hpp"
#include "tuneit/recipe/schedules/plateau.hpp"

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
        compute_(resolve(settings.numbers, device_)),
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
  /// it before the features of an epoch.
  void begin_epoch(long long steps_per_epoch) { phase_ = phase_at<R>(settings_, step_, steps_per_epoch).phase; }

  /// The rate of the next step (LrScale not applied).
  [[nodiscard]] double rate(long long steps_per_epoch) const {
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
  /// Are the pictures of a batch mixed (Mixup, CutMix)? Then `step` must see them, and no features can be kept.
  static constexpr bool mixes_pictures = R::mix::kind != MixKind::None;
  [[nodiscard]] static constexpr bool mixes() { return mixes_pictures; }

  /// One batch, and an optimizer step; with Accumulate, the step comes with the last batch of a window. images: float
  /// [N, C, H, W], channels-last is fastest; labels: int64 [N], or what the loss takes (Target).
  /// Throws Error(Usage) for a batch that the network cannot take, LoneSample for one of a single sample that gives a
  /// batch norm one value per channel (nothing has moved then), BadSample where the loss is not finite because of what
  /// a sample holds, and Error(Diverged) where that is the training's doing; the weights are then those before the
  /// step. Not so the running statistics of batch norms that are not frozen: the forward pass has moved them already,
  /// and what was no number is in them. Whoever goes on after that goes on from a copy.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    if constexpr (R::phase_count > 1) begin_epoch(steps_per_epoch);
    if constexpr (mixes_pictures) {
      const ArenaScope memory;
      const detail::BelowAutograd below;
      at::Tensor x = prepared(images);
      if (x.is_alias_of(images)) x = x.clone();
      refuse_lone(x, 0);
      const Target target =
          mix_batch<typename R::mix>(x, on_device(labels), values_of<R, typename R::mix>(settings_), generator_);
      return learn(features(x), target, steps_per_epoch, images, false);
    } else {
      at::Tensor x = features(images);
      refuse_lone(x, frozen_here());
      return learn(std::move(x), {on_device(labels)}, steps_per_epoch, images, false);
    }
  }

  /// A batch of the epoch is not learned from, but its step counts: phases and schedules go on as planned.
  void pass_over(long long steps_per_epoch) {
    if constexpr (R::phase_count > 1) begin_epoch(steps_per_epoch);
    if constexpr (accumulates) {
      window_.pass();
      if (window_.batches() < window_size()) return;
      finish_window(steps_per_epoch);
    } else {
      ++step_;
    }
  }

  /// Steps with the batches of a window that is not full: at the end of an epoch. Without Accumulate nothing is left.
  void finish_window(long long steps_per_epoch) {
    if constexpr (accumulates) {
      if (window_.batches() == 0) return;
      const detail::BelowAutograd below;
      end_window(steps_per_epoch);
    }
  }

  /// Forgets the batches of a window that is not full: a training that ended within it takes no step with them.
  void drop_window() noexcept {
    if constexpr (accumulates) window_.drop();
  }

  /// Told after each epoch: the test loss, or without a test part the training loss. Moves a Plateau schedule. False:
  /// the training ends here (EarlyStop).
  bool epoch_done(double loss) {
    if constexpr (detail::watches_loss<typename R::schedule>) plateau_.observe(loss);
    if constexpr (R::early_stop::stops) {
      const double* const n = values_of<R, typename R::early_stop>(settings_);
      return early_stop_.observe(loss, n[0], n[1]);
    }
    return true;
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
    if constexpr (mixes_pictures)
      throw Error(Fault::Usage, "this recipe mixes pictures, which features are not", "Give the pictures to step.");
    if constexpr (R::phase_count > 1)
      if (phase_at<R>(settings_, step_, steps_per_epoch).phase != phase_)
        throw Error(Fault::Usage, "a phase of the recipe begins with step " + std::to_string(step_ + 1),
                    "Call begin_epoch before the features of a new epoch.");
    detail::check_features(features);
    refuse_lone(features, frozen_here());
    const at::Tensor given = features;
    return learn(std::move(features), {on_device(labels)}, steps_per_epoch, given, true);
  }

  /// The tensors that are tested and kept: the moving average, where the recipe has one (after the first step).
  [[nodiscard]] const Tensors& best_tensors() const { return optimizer_.best_tensors(tensors_); }

  /// Logits [N, classes] as in evaluation, of best_tensors(), float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const { return logits_from(features(images)); }

  /// Loss (without label smoothing) and hits of logits against labels, by the recipe's loss.
  [[nodiscard]] BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const {
    return score_of<typename R::loss>(logits, on_device(labels), settings_.loss);
  }

  /// The logits from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    detail::check_features(features);
    const ArenaScope memory;
    const detail::BelowAutograd below;
    return scored(programs_.rest(std::move(features), phase_, best_tensors(), compute_, step_));
  }

 private:
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
    optimizer_.begin(tensors_);
    BatchResult result;
    detail::with_passes<R>(phase_, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      result = gradients_of<InPhase<R, I>>(std::move(features), target);
    });
    if (!std::isfinite(result.loss)) {
      detail::blame_samples(given, given_features, target.labels, compute_);
      throw Error(Fault::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate, or add a warm-up");
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
    if constexpr (mixes_pictures)
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
    optimizer_.step(numbers, phase_, settings_, tensors_, gradients_, overflow);
    ++step_;
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
  mutable detail::PictureShape<Model> taken_;
  PlateauState plateau_ = first_plateau();
  EarlyStopState early_stop_;
  std::size_t phase_ = 0;
  long long step_ = 0;
};

}  // namespace tuneit
