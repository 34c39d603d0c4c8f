#pragma once
// A recipe at work: its tensors, its optimizers, one training step, one evaluation.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/arena.hpp"
#include "tuneit/engine/infer/program.hpp"
#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/loss.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/optimizer.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/engine/scaler.hpp"
#include "tuneit/engine/train.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// Trains the network of a recipe step by step. Everything random comes from Settings::seed.
template <class R>
class Trainer {
 public:
  using Model = typename R::model;

  /// Fresh tensors; weights are loaded into `tensors()` afterwards. Throws Error(Usage) for a class count under 1, or a
  /// device that is not there.
  explicit Trainer(Settings settings)
      : settings_(settings),
        device_(resolve(settings.device)),
        compute_(resolve(settings.numbers, device_)),
        generator_(make_generator(settings.seed)) {
    if (settings_.classes < 1) throw Error(Fault::Usage, "the head needs a class count of at least 1");
    tensors_ = make_tensors<Model, typename R::head::initialiser>(settings_.classes, generator_);
    const at::ScalarType kept = compute_ == at::kDouble ? at::kDouble : at::kFloat;
    for (at::Tensor& t : tensors_)
      if (t.is_floating_point()) t = t.to(device_, kept);
    gradients_.resize(tensors_.size());
    if (device_.is_cuda()) generator_ = make_generator(settings.seed, device_);
    if (compute_ == at::kHalf) scaler_.emplace(device_);

    for (std::size_t i = 0; i < tensors_.size(); ++i)
      if (const int g = grouping<R>.of[i]; g >= 0) {
        Group group = grouping<R>.groups[static_cast<std::size_t>(g)];
        if (group.head) group.lr_scale *= settings_.head_lr_scale;
        optimizer_of(group).add(tensors_[i], i);
      }
  }

  /// Parameters and buffers in table order. Change values in place (`copy_`), not the handles.
  [[nodiscard]] const Tensors& tensors() const { return tensors_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] at::Device device() const { return device_; }
  /// In which number type activations are computed.
  [[nodiscard]] at::ScalarType numbers() const { return compute_; }
  [[nodiscard]] long long steps_done() const { return step_; }

  /// The rate of the next step (LrScale not applied).
  [[nodiscard]] double rate(long long steps_per_epoch) const { return lr_at<R>(settings_, step_, steps_per_epoch); }

  /// One optimizer step. images: float [N, C, H, W], channels-last is fastest; labels: int64 [N].
  /// Throws Error(Diverged) if the loss is not finite; the weights are then those before the step.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    return step_features(features(images), labels, steps_per_epoch);
  }

  /// What flows out of the frozen prefix: the images themselves where there is none.
  [[nodiscard]] at::Tensor features(const at::Tensor& images) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    at::Tensor x = prepared(images);
    if constexpr (frozen_prefix<R>() > 0) {
      prefix_.prepare(tensors_, compute_);
      x = prefix_.run(std::move(x));
    }
    return x;
  }

  /// One optimizer step from what `features` gave.
  BatchResult step_features(at::Tensor features, const at::Tensor& labels, long long steps_per_epoch) {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    const double lr = rate(steps_per_epoch);
    TrainPass<R> pass;
    const at::Tensor logits = scored(pass.forward(std::move(features), tensors_, generator_));
    at::Tensor gradient;
    const BatchResult result = cross_entropy(logits, labels.device() == device_ ? labels : labels.to(device_),
                                             settings_.label_smoothing, &gradient);
    if (!std::isfinite(result.loss))
      throw Error(Fault::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate (" + std::to_string(lr) + " here), or add a warm-up");
    if (scaler_) gradient = scaler_->scaled(gradient);
    pass.backward(detail::in_numbers(gradient, compute_), gradients_);
    at::Tensor overflow;
    if (scaler_) overflow = scaler_->unscale(gradients_);
    for (auto& optimizer : optimizers_) optimizer.step(lr, settings_.optimizer, gradients_, {}, overflow);
    ++step_;
    return result;
  }

  /// Logits [N, classes] as in evaluation, float32 (float64 in double precision).
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const { return logits_from(features(images)); }

  /// The same from what `features` gave.
  [[nodiscard]] at::Tensor logits_from(at::Tensor features) const {
    const ArenaScope memory;
    const detail::BelowAutograd below;
    rest_.prepare(tensors_, compute_, step_);
    return scored(rest_.run(std::move(features)));
  }

 private:
  /// The optimizer of what moves alike, found or made: groups that differ only in being the head's are one.
  GroupOptimizer<R::optimizer::algorithm>& optimizer_of(Group group) {
    group.head = false;
    for (auto& optimizer : optimizers_)
      if (optimizer.group() == group) return optimizer;
    return optimizers_.emplace_back(group, settings_.algorithm);
  }
  /// On the device, in the number type and memory format in which the network computes.
  [[nodiscard]] at::Tensor prepared(const at::Tensor& images) const {
    at::Tensor x = images;
    if (x.scalar_type() != compute_ || x.device() != device_) x = x.to(device_, compute_);
    return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
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
  std::vector<GroupOptimizer<R::optimizer::algorithm>> optimizers_;
  mutable InferenceProgram<Model, 0, frozen_prefix<R>(), detail::recipe_numbers<R>> prefix_;
  mutable InferenceProgram<Model, frozen_prefix<R>(), Model::block_count, detail::recipe_numbers<R>>
      rest_;  // for evaluation
  long long step_ = 0;
};

}  // namespace tuneit
