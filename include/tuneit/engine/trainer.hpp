#pragma once
// A recipe at work: its tensors, its optimizers, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/arena.hpp"
#include "tuneit/engine/groups.hpp"
#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/loss.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/optimizer.hpp"
#include "tuneit/engine/phase_programs.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/engine/scaler.hpp"
#include "tuneit/recipe/check.hpp"

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
  [[nodiscard]] double rate(long long steps_per_epoch) const { return lr_at<R>(settings_, step_, steps_per_epoch); }

  /// How many blocks at the beginning do not move in an epoch, counted from 0.
  [[nodiscard]] std::size_t frozen_blocks(int epoch) const {
    return detail::frozen_blocks_in<R>(phase_at<R>(settings_, epoch, 1).phase);
  }

  /// One optimizer step. images: float [N, C, H, W], channels-last is fastest; labels: int64 [N].
  /// Throws Error(Diverged) if the loss is not finite; the weights are then those before the step.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    if constexpr (R::phase_count > 1) begin_epoch(steps_per_epoch);
    return step_features(features(images), labels, steps_per_epoch);
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

  /// One optimizer step from what `features` gave. Throws Error(Usage) where a new phase begins with this step and the
  /// features are of the old one.
  BatchResult step_features(at::Tensor features, const at::Tensor& labels, long long steps_per_epoch) {
    if constexpr (R::phase_count > 1)
      if (phase_at<R>(settings_, step_, steps_per_epoch).phase != phase_)
        throw Error(Fault::Usage, "a phase of the recipe begins with step " + std::to_string(step_ + 1),
                    "Call begin_epoch before the features of a new epoch.");
    const ArenaScope memory;
    const detail::BelowAutograd below;
    BatchResult result;
    with_passes([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      result = gradients_of<InPhase<R, I>>(std::move(features), labels);
    });
    at::Tensor overflow;
    if (scaler_) overflow = scaler_->unscale(gradients_);
    optimize(steps_per_epoch, overflow);
    return result;
  }

  /// Logits [N, classes] as in evaluation, float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const { return logits_from(features(images)); }

  /// The same from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    at::Tensor logits;
    with_passes([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      auto& rest = std::get<I>(programs_).programs.rest;
      rest.prepare(tensors_, compute_, step_);
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

  /// Forward, loss and backward; fills gradients_.
  template <class P>
  BatchResult gradients_of(at::Tensor features, const at::Tensor& labels) {
    TrainPass<P> pass;
    const at::Tensor logits = scored(pass.forward(std::move(features), tensors_, generator_));
    at::Tensor gradient;
    const BatchResult result = cross_entropy(logits, labels.device() == device_ ? labels : labels.to(device_),
                                             settings_.label_smoothing, &gradient);
    if (!std::isfinite(result.loss))
      throw Error(Fault::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate, or add a warm-up");
    if (scaler_) gradient = scaler_->scaled(gradient);
    pass.backward(detail::in_numbers(gradient, compute_), gradients_);
    return result;
  }

  /// One step of every group that trains in this phase; takes the gradients away.
  void optimize(long long steps_per_epoch, const at::Tensor& overflow) {
    const OptimizerNumbers numbers = optimizer_at<R>(settings_, step_, steps_per_epoch);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const GroupPhase& now = groups_[g].phases[phase_];
      if (!now.trains) continue;
      OptimizerNumbers n = numbers;
      n.lr *= now.lr_scale;
      n.weight_decay *= now.decay_scale;
      optimizers_[g].step(n, gradients_, {}, overflow);
    }
    ++step_;
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
  std::size_t phase_ = 0;
  long long step_ = 0;
};

}  // namespace tuneit
