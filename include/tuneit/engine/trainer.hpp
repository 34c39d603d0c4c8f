#pragma once
// A recipe at work: its tensors, its optimizers, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/accumulate.hpp"
#include "tuneit/engine/arena.hpp"
#include "tuneit/engine/clip.hpp"
#include "tuneit/engine/ema.hpp"
#include "tuneit/engine/groups.hpp"
#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/l2sp.hpp"
#include "tuneit/engine/loss.hpp"
#include "tuneit/engine/mix.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/optimizer.hpp"
#include "tuneit/engine/phase_programs.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/engine/scaler.hpp"
#include "tuneit/engine/stopping.hpp"
#include "tuneit/recipe/check.hpp"

namespace tuneit {

namespace detail {

/// Does a schedule watch the test loss?
template <class S>
inline constexpr bool watches = requires {
  requires S::watches;
};

}  // namespace detail

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
        generator_(make_generator(settings.seed)) {
    check_settings<R>(settings_);
    tensors_ = make_tensors<Model, typename R::head::initialiser>(settings_.classes, generator_);
    const at::ScalarType kept = compute_ == at::kDouble ? at::kDouble : at::kFloat;
    for (at::Tensor& t : tensors_)
      if (t.is_floating_point()) t = t.to(device_, kept);
    gradients_.resize(tensors_.size());
    if (device_.is_cuda()) generator_ = make_generator(settings.seed, device_);
    if (compute_ == at::kHalf) scaler_.emplace(device_);
    for (Group& group : make_groups<R>(settings_)) {
      GroupOptimizer<R::optimizer::algorithm>& optimizer = optimizers_.emplace_back(settings_.algorithm);
      for (const std::size_t row : group.rows) optimizer.add(tensors_[row], row);
      groups_.push_back(std::move(group));
    }
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

  /// One batch, and an optimizer step; with Accumulate, the step comes with the last batch of a window. images: float
  /// [N, C, H, W], channels-last is fastest; labels: int64 [N], or what the loss takes (Target).
  /// Throws Error(Diverged) if the loss is not finite; the weights are then those before the step.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    if constexpr (R::phase_count > 1) begin_epoch(steps_per_epoch);
    if constexpr (mixes_pictures) {
      const ArenaScope memory;
      const detail::BelowAutograd below;
      at::Tensor x = prepared(images);
      if (x.is_alias_of(images)) x = x.clone();
      const Target target = mix_batch<typename R::mix>(x, on_device(labels), number<typename R::mix>(), generator_);
      return learn(features(x), target, steps_per_epoch);
    } else {
      return learn(features(images), {on_device(labels)}, steps_per_epoch);
    }
  }

  /// Steps with the batches of a window that is not full: at the end of an epoch. Without Accumulate nothing is left.
  void finish_window(long long steps_per_epoch) {
    if constexpr (accumulates) {
      if (window_.batches() == 0) return;
      const detail::BelowAutograd below;
      window_.finish(gradients_);
      optimize(steps_per_epoch);
    }
  }

  /// Told after each epoch: the test loss, or without a test part the training loss. Moves a Plateau schedule. False:
  /// the training ends here (EarlyStop).
  bool epoch_done(double loss) {
    if constexpr (detail::watches<typename R::schedule>) plateau_.observe(loss);
    if constexpr (R::early_stop::stops) {
      const double* const n = number<typename R::early_stop>();
      return early_stop_.observe(loss, n[0], n[1]);
    }
    return true;
  }

  /// What flows out of the blocks that are frozen in this phase: the images themselves where there are none.
  [[nodiscard]] at::Tensor features(const at::Tensor& images) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    at::Tensor x = prepared(images);
    with_passes([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (frozen_prefix<InPhase<R, I>>() > 0) {
        auto& prefix = std::get<I>(programs_).programs.prefix;
        prefix.prepare(tensors_, compute_, static_cast<long long>(phase_));  // earlier phases may have moved them
        x = prefix.run(std::move(x));
      }
    });
    return x;
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
    return learn(std::move(features), {on_device(labels)}, steps_per_epoch);
  }

  /// The tensors that are tested and kept: the moving average, where the recipe has one (after the first step).
  [[nodiscard]] const Tensors& best_tensors() const {
    if constexpr (R::ema::averages)
      if (average_) return average_->tensors();
    return tensors_;
  }

  /// Logits [N, classes] as in evaluation, of best_tensors(), float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const { return logits_from(features(images)); }

  /// Loss (without label smoothing) and hits of logits against labels, by the recipe's loss.
  [[nodiscard]] BatchResult score(const at::Tensor& logits, const at::Tensor& labels) const {
    return score_of<typename R::loss>(logits, on_device(labels), settings_.loss);
  }

  /// The logits from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    at::Tensor logits;
    with_passes([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      auto& rest = std::get<I>(programs_).programs.rest;
      rest.prepare(best_tensors(), compute_, step_);
      logits = scored(rest.run(std::move(features)));
    });
    return logits;
  }

 private:
  /// Calls f with the phase whose passes this one uses.
  template <class F>
  void with_passes(const F& f) const {
    in_phase<R>(phase_, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      f(std::integral_constant<std::size_t, detail::passes_of<R>(I)>{});
    });
  }

  static constexpr bool accumulates = !std::is_same_v<typename R::accumulate, detail::NoAccumulation>;

  /// The values of the numbers of a policy that holds in all phases.
  template <class P>
  [[nodiscard]] const double* number() const {
    return settings_.values.data() + detail::knob_offset<typename R::parts, P>;
  }
  [[nodiscard]] long long window_size() const {
    if constexpr (accumulates) return static_cast<long long>(number<typename R::accumulate>()[0]);
    return 1;
  }
  [[nodiscard]] at::Tensor on_device(const at::Tensor& labels) const {
    return labels.device() == device_ ? labels : labels.to(device_, labels.scalar_type(), /*non_blocking=*/true);
  }

  BatchResult learn(at::Tensor features, const Target& target, long long steps_per_epoch) {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    if constexpr (R::ema::averages)
      if (!average_) average_.emplace(tensors_, moving_rows());  // before the first pass moves running statistics
    BatchResult result;
    with_passes([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      result = gradients_of<InPhase<R, I>>(std::move(features), target);
    });
    if constexpr (accumulates) {
      window_.add(gradients_, weight_of<typename R::loss>(target.labels));
      if (window_.batches() < window_size()) return result;
      window_.finish(gradients_);
    }
    optimize(steps_per_epoch);
    return result;
  }

  /// Forward, loss and backward; fills gradients_.
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
    if (!std::isfinite(result.loss))
      throw Error(Fault::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate, or add a warm-up");
    if (scaler_) gradient = scaler_->scaled(gradient);
    pass.backward(detail::in_numbers(gradient, compute_), gradients_);
    return result;
  }

  /// One step of every group that trains in this phase; takes the gradients away.
  void optimize(long long steps_per_epoch) {
    at::Tensor overflow;
    if (scaler_) overflow = scaler_->unscale(gradients_);
    if constexpr (R::l2sp::pulls) {
      if (!pull_) pull_.emplace(tensors_, pulled_rows<R>());
      pull_->add(tensors_, gradients_, number<typename R::l2sp>()[0], number<typename R::l2sp>()[1]);
    }
    if constexpr (R::clip::kind == ClipKind::Norm) clip_norm(gradients_, *number<typename R::clip>());
    if constexpr (R::clip::kind == ClipKind::Value) clip_value(gradients_, *number<typename R::clip>());
    OptimizerNumbers numbers = optimizer_at<R>(settings_, step_, steps_per_epoch);
    if constexpr (detail::watches<typename R::schedule>) numbers.lr *= plateau_.factor;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase_];
      if (!now.trains) continue;
      OptimizerNumbers n = numbers;
      n.lr *= now.lr_scale;
      n.weight_decay *= now.decay_scale;
      optimizers_[g].step(n, gradients_, {}, overflow);
    }
    if constexpr (R::ema::averages) average_->update(tensors_, *number<typename R::ema>());
    ++step_;
  }

  /// Which tensors change in some phase?
  [[nodiscard]] static std::vector<bool> moving_rows() {
    std::vector<bool> moves(table<Model>.size);
    for (const auto& p : plans<R>)
      for (std::size_t i = 0; i < moves.size(); ++i)
        moves[i] = moves[i] || (table<Model>.rows[i].is_buffer() ? p.rows[i].batch_statistics : !p.rows[i].frozen);
    return moves;
  }
  [[nodiscard]] PlateauState first_plateau() const {
    if constexpr (detail::watches<typename R::schedule>) return R::schedule::start(number<typename R::schedule>());
    return {};
  }

  /// On the device, in the number type and memory format in which the network computes.
  [[nodiscard]] at::Tensor prepared(const at::Tensor& images) const {
    at::Tensor x = images;
    if (x.scalar_type() != compute_ || x.device() != device_) x = x.to(device_, compute_);
    return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
  }
  [[nodiscard]] at::Tensor scored(const at::Tensor& logits) const {
    return detail::in_numbers(logits, compute_ == at::kDouble ? at::kDouble : at::kFloat);
  }

  Settings settings_;
  at::Device device_;
  at::ScalarType compute_;
  at::Generator generator_;
  Tensors tensors_, gradients_;
  std::optional<GradScaler> scaler_;
  std::vector<Group> groups_;
  std::vector<GroupOptimizer<R::optimizer::algorithm>> optimizers_;  ///< one for each group
  mutable detail::AllPrograms<R> programs_;
  AccumulatedGradients<typename R::loss::reduction> window_;
  std::optional<L2SpPull> pull_;                                   ///< from the first step on
  std::optional<MovingAverage<typename R::ema::warmup>> average_;  ///< the same
  PlateauState plateau_ = first_plateau();
  EarlyStopState early_stop_;
  std::size_t phase_ = 0;
  long long step_ = 0;
};

}  // namespace tuneit
