#pragma once
// A recipe at work: its tensors, its optimizers, one training step, one evaluation.
#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/network.hpp"
#include "tuneit/engine/optimizer.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// Loss and hits of one batch: `loss` is the mean over its pictures.
struct BatchResult {
  double loss = 0;
  std::int64_t correct = 0, count = 0;
};

namespace detail {

inline BatchResult count_batch(const at::Tensor& loss, const at::Tensor& logits, const at::Tensor& labels) {
  return {loss.item<double>(), logits.detach().argmax(1).eq(labels).sum().item<std::int64_t>(), labels.size(0)};
}

}  // namespace detail

/// Cross-entropy (without label smoothing) and hits of logits [N, classes] against labels [N].
inline BatchResult score_batch(const at::Tensor& logits, const at::Tensor& labels) {
  const c10::InferenceMode inference;
  return detail::count_batch(at::cross_entropy_loss(logits, labels), logits, labels);
}

/// Trains the network of a recipe step by step. Everything random comes from Settings::seed.
template <class R>
class Trainer {
 public:
  using Model = typename R::model;

  /// Fresh tensors; weights are loaded into `tensors()` afterwards. Throws Error(Usage) for a class count under 1.
  explicit Trainer(Settings settings) : settings_(settings), generator_(make_generator(settings.seed)) {
    if (settings_.classes < 1) throw Error(Fault::Usage, "the head needs a class count of at least 1");
    tensors_ = make_tensors<Model, typename R::head::initialiser>(settings_.classes, generator_);
    std::array<std::vector<at::Tensor>, grouping<R>.count> members;
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      if (const int g = grouping<R>.of[i]; g >= 0) {
        tensors_[i].requires_grad_(true);
        members[static_cast<std::size_t>(g)].push_back(tensors_[i]);
      }
    for (std::size_t g = 0; g < members.size(); ++g) {
      Group group = grouping<R>.groups[g];
      if (group.head) group.lr_scale *= settings_.head_lr_scale;
      optimizers_.emplace_back(group, std::move(members[g]), settings_.algorithm);
    }
  }

  /// Parameters and buffers in table order. Change values in place (`copy_`), not the handles.
  [[nodiscard]] const Tensors& tensors() const { return tensors_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] long long steps_done() const { return step_; }

  /// The rate of the next step (LrScale not applied).
  [[nodiscard]] double rate(long long steps_per_epoch) const { return lr_at<R>(settings_, step_, steps_per_epoch); }

  /// One optimizer step. images: float [N, 3, H, W], channels-last is fastest; labels: int64 [N].
  /// Throws Error(Diverged) if the loss is not finite; the weights are then those before the step.
  BatchResult step(const at::Tensor& images, const at::Tensor& labels, long long steps_per_epoch) {
    const double lr = rate(steps_per_epoch);
    at::Tensor loss, logits;
    {
      [[maybe_unused]] const PrecisionScope<typename R::precision> precision(settings_.bf16);
      logits = forward<R>(images, tensors_, generator_).to(at::kFloat);
    }
    loss = at::cross_entropy_loss(logits, labels, {}, 1, -100, settings_.label_smoothing);
    const BatchResult result = detail::count_batch(loss, logits, labels);
    if (!std::isfinite(result.loss))
      throw Error(Fault::Diverged, "the loss is no longer a finite number in step " + std::to_string(step_ + 1),
                  "lower the learning rate (" + std::to_string(lr) + " here), or add a warm-up");
    loss.backward();
    for (auto& optimizer : optimizers_) optimizer.step(lr, settings_.optimizer);
    ++step_;
    return result;
  }

  /// Logits [N, classes] as in evaluation, float32.
  [[nodiscard]] at::Tensor logits(const at::Tensor& images) const {
    const c10::InferenceMode inference;
    [[maybe_unused]] const PrecisionScope<typename R::precision> precision(settings_.bf16);
    return infer<Model>(images, tensors_).to(at::kFloat);
  }

 private:
  Settings settings_;
  at::Generator generator_;
  Tensors tensors_;
  std::vector<GroupOptimizer<R::optimizer::algorithm>> optimizers_;
  long long step_ = 0;
};

}  // namespace tuneit
