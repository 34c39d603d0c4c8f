#pragma once
// What does the training loop ask of a trainer? All of it, always: a member that a trainer lacks is an error where it
// is given to `fit`, never a behaviour that is silently not there.
#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/loss/targets.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {

/// A trainer that can begin behind its frozen blocks: logits(x) is logits_from(features(x)), and step likewise.
template <class T>
concept TrainsFeatures = requires(T& t, const T& c, const at::Tensor& x, long long steps) {
  { c.features(x) } -> std::convertible_to<at::Tensor>;
  { c.logits_from(x) } -> std::convertible_to<at::Tensor>;
  { t.step_features(x, x, steps) } -> std::convertible_to<StepResult>;
};

/// What `fit` trains: Trainer<R>, whose members say what each of these means, or one of one's own.
template <class T>
concept TrainerLike = TrainsFeatures<T> &&
    requires(T& t, const T& c, const at::Tensor& x, long long count, int epoch, const EpochResult& result) {
  { c.settings() } -> std::convertible_to<const Settings&>;
  { c.device() } -> std::convertible_to<at::Device>;
  { c.tensors() } -> std::convertible_to<const std::vector<at::Tensor>&>;
  { c.best_tensors() } -> std::convertible_to<const std::vector<at::Tensor>&>;
  { c.steps_done() } -> std::convertible_to<long long>;
  { c.rate(count) } -> std::convertible_to<double>;
  { c.steps_in(count) } -> std::convertible_to<long long>;
  { c.frozen_blocks(epoch) } -> std::convertible_to<std::size_t>;
  { c.mixes() } -> std::same_as<bool>;
  { c.logits(x) } -> std::convertible_to<at::Tensor>;
  { c.score(x, x) } -> std::convertible_to<StepResult>;
  { c.metrics() } -> std::same_as<MetricSums>;
  { t.trained_metrics() } -> std::same_as<std::vector<NamedFigure>>;
  { c.monitor() } -> std::convertible_to<std::string>;
  { c.monitor_lower_is_better() } -> std::same_as<bool>;
  { t.step(x, x, count) } -> std::convertible_to<StepResult>;
  { t.epoch_done(result) } -> std::same_as<bool>;
  t.begin_epoch(count);
  t.pass_over(count);
  t.finish_window(count);
  t.drop_window();
};

}  // namespace tuneit
