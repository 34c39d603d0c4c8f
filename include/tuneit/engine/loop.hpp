#pragma once
// Epochs: train on everything, test on everything, tell the hooks.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "tuneit/data/batches.hpp"
#include "tuneit/engine/arena.hpp"
#include "tuneit/engine/feature_cache.hpp"
#include "tuneit/engine/trainer.hpp"

namespace tuneit {

/// Sums over pictures, whatever the batches: means are exact, the last, shorter batch included.
struct Score {
  double loss_sum = 0;
  std::int64_t correct = 0, count = 0;
  std::int64_t right = 0, labels = 0;

  void add(const BatchResult& batch) {
    loss_sum += batch.loss * static_cast<double>(batch.count);
    correct += batch.correct;
    count += batch.count;
    right += batch.right;
    labels += batch.labels;
  }
  [[nodiscard]] double loss() const { return count == 0 ? std::nan("") : loss_sum / static_cast<double>(count); }
  /// NaN where targets are no classes.
  [[nodiscard]] double accuracy() const {
    return count == 0 || correct < 0 ? std::nan("") : static_cast<double>(correct) / static_cast<double>(count);
  }
  /// Of several labels a picture, the share that is told right. NaN where targets are anything else.
  [[nodiscard]] double label_accuracy() const {
    return labels == 0 ? std::nan("") : static_cast<double>(right) / static_cast<double>(labels);
  }
};

/// One epoch. Epochs count from 1; `rate` is the optimizer's in its first step (LrScale not applied); seconds are those
/// of training alone, `waited` those of them that the step spent waiting for pictures.
struct EpochResult {
  int epoch = 0;
  double rate = 0;
  Score train, test;
  double train_seconds = 0, waited = 0;
  bool cached = false;  ///< trained on kept features: no picture was read
};

/// Told after each step: how far, and the running means of this epoch.
struct StepReport {
  int epoch = 0, epochs = 0;
  std::size_t samples = 0;  ///< of an epoch
  const Score& train;
  double seconds = 0;  ///< since the epoch began
};

namespace detail {

// Does H have a member of this name, callable or not? (Deriving from both makes the name ambiguous if it does.)
struct HookNames {
  int on_step, on_epoch;
};
template <class H>
struct HookProbe : H, HookNames {};
template <class H>
inline constexpr bool names_on_step = !std::is_final_v<H> && !requires {
  &HookProbe<H>::on_step;
};
template <class H>
inline constexpr bool names_on_epoch = !std::is_final_v<H> && !requires {
  &HookProbe<H>::on_epoch;
};

template <class Hook>
void tell_step(Hook& hook, const StepReport& report) {
  if constexpr (requires { hook.on_step(report); })
    hook.on_step(report);
  else
    static_assert(!names_on_step<Hook>, "tuneit: this hook's on_step cannot be called with a StepReport");
}

template <class Hook, class T>
void tell_epoch(Hook& hook, const EpochResult& result, const T& trainer) {
  if constexpr (requires { hook.on_epoch(result, trainer); })
    hook.on_epoch(result, trainer);
  else
    static_assert(!names_on_epoch<Hook>,
                  "tuneit: this hook's on_epoch cannot be called with an EpochResult and this trainer");
}

/// The tensors that a trainer tests: its own, or their moving average.
template <class T>
const Tensors& tested_tensors(const T& trainer) {
  if constexpr (requires { trainer.best_tensors(); })
    return trainer.best_tensors();
  else
    return trainer.tensors();
}

/// Tells a source where its batches are trained on, if the trainer knows.
template <class T>
void send_to(const T& trainer, data::Batches& loader) {
  if constexpr (requires { loader.set_device(trainer.device()); }) loader.set_device(trainer.device());
}

/// Outputs of several views of the same batches, added up view after view. The sums live until the last view, so they
/// are not of the memory of a step.
class ViewSums {
 public:
  explicit ViewSums(std::uint64_t views) : views_(views) {}
  void begin_view() { at_ = 0; }
  /// The mean so far, which is that of all views in the last one.
  at::Tensor add(const at::Tensor& logits) {
    const at::NoGradGuard no_grad;
    if (at_ == sums_.size()) sums_.push_back(aten::zeros_like(logits));
    return sums_[at_++].add_(logits, 1.0 / static_cast<double>(views_));
  }

 private:
  std::uint64_t views_;
  std::size_t at_ = 0;
  Tensors sums_;
};

/// Loss and hits of what a trainer makes of test pictures, by its own loss.
template <class T>
BatchResult score_with(const T& trainer, const at::Tensor& logits, const at::Tensor& labels) {
  if constexpr (requires { trainer.score(logits, labels); })
    return trainer.score(logits, labels);
  else
    return score_batch(logits, labels);
}

}  // namespace detail

/// Calls sees(batch, logits) for every batch of a test part. The loader must not shuffle or augment; where it has
/// several views of each picture (TestViews), the logits are their mean, and the batch is that of the last view.
template <class T, class See>
void each_tested(const T& trainer, data::Batches& loader, See&& sees) {
  const std::uint64_t views = std::max<std::uint64_t>(loader.views(), 1);
  detail::ViewSums sums(views);
  detail::send_to(trainer, loader);
  for (std::uint64_t view = 0; view < views; ++view) {
    sums.begin_view();
    loader.start(view);
    while (auto batch = loader.next()) {
      at::Tensor logits;
      {
        const ArenaScope memory;
        logits = trainer.logits(batch->images);
      }
      if (views > 1) logits = sums.add(logits);
      if (view + 1 == views) sees(*batch, logits);
    }
  }
}

/// Runs the test part; sees(batch, logits) is called for every batch, as each_tested. A trainer is a Trainer<R>, or
/// anything with its members.
template <class T, class See>
Score evaluate(const T& trainer, data::Batches& loader, See&& sees) {
  Score score;
  each_tested(trainer, loader, [&](const data::Batch& batch, const at::Tensor& logits) {
    {
      const ArenaScope memory;
      score.add(detail::score_with(trainer, logits, batch.labels));
    }
    sees(batch, logits);
  });
  return score;
}

template <class T>
Score evaluate(const T& trainer, data::Batches& loader) {
  return evaluate(trainer, loader, [](const data::Batch&, const at::Tensor&) {});
}

namespace detail {

template <class T>
BatchResult train_on(T& trainer, const Fed& batch, long long steps_per_epoch) {
  if constexpr (TrainsFeatures<T>)
    if (batch.features) return trainer.step_features(batch.x, batch.labels, steps_per_epoch);
  return trainer.step(batch.x, batch.labels, steps_per_epoch);
}

/// Optimizer steps in an epoch of so many batches: fewer where gradients are accumulated.
template <class T>
long long steps_in(const T& trainer, long long batches) {
  if constexpr (requires { trainer.steps_in(batches); })
    return trainer.steps_in(batches);
  else
    return batches;
}

template <class T>
at::Tensor logits_of(const T& trainer, const Fed& batch) {
  if constexpr (TrainsFeatures<T>)
    if (batch.features) return trainer.logits_from(batch.x);
  return trainer.logits(batch.x);
}

template <class T>
Score test_on(const T& trainer, Feed<T>& feed, std::uint64_t views) {
  Score score;
  ViewSums sums(views);
  for (std::uint64_t view = 0; view < views; ++view) {
    sums.begin_view();
    const ArenaScope memory;
    feed.start(view);
    while (const auto batch = feed.next()) {
      at::Tensor logits = logits_of(trainer, *batch);
      if (views > 1) logits = sums.add(logits);
      if (view + 1 == views) score.add(score_with(trainer, logits, batch->labels));
    }
  }
  return score;
}

}  // namespace detail

/// Trains for Settings::epochs epochs. `test` may be null; where it has several views of a picture, the mean of their
/// outputs is judged. Each hook may have on_step(const StepReport&) and
/// on_epoch(const EpochResult&, const T&); what it lacks costs nothing, and what it has must be callable so.
/// Where blocks are frozen at the beginning of the network and pictures come again (without random augmentation, or
/// with Views), their features are kept, unless Settings::cache_features says no; the results are the same.
template <class T, class... Hooks>
std::vector<EpochResult> fit(T& trainer, data::Batches& train, data::Batches* test, Hooks&... hooks) {
  const int epochs = trainer.settings().epochs;
  if (trainer.settings().views > 0) train.set_views(static_cast<unsigned>(trainer.settings().views));
  detail::send_to(trainer, train);
  if (test != nullptr) detail::send_to(trainer, *test);
  std::optional<Feed<T>> pictures, tests;
  const std::uint64_t test_views = test == nullptr ? 1 : std::max<std::uint64_t>(test->views(), 1);
  const auto steps_per_epoch = detail::steps_in(trainer, static_cast<long long>(train.batches()));
  std::vector<EpochResult> history;
  for (int epoch = 1, same_until = 0; epoch <= epochs; ++epoch) {
    if constexpr (requires { trainer.begin_epoch(steps_per_epoch); }) trainer.begin_epoch(steps_per_epoch);
    if (epoch > same_until) {  // other blocks are frozen from here on
      const int alike = detail::epochs_alike(trainer, epoch - 1, epochs);
      same_until = epoch - 1 + alike;
      pictures.emplace(trainer, train, detail::mixes_pictures<T>() ? 1 : alike, epoch - 1);  // 1: seen once only
      if (test != nullptr) tests.emplace(trainer, *test, alike * static_cast<int>(test_views), epoch - 1);
    }
    EpochResult result{epoch, trainer.rate(steps_per_epoch), {}, {}, 0, 0};
    const auto begin = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const auto step = [&] {
      const ArenaScope memory;  // not around the hooks: what they make is theirs
      const auto batch = pictures->next();
      if (batch) result.train.add(detail::train_on(trainer, *batch, steps_per_epoch));
      return batch.has_value();
    };
    {
      const ArenaScope memory;
      pictures->start(static_cast<std::uint64_t>(epoch));
    }
    while (step()) {
      [[maybe_unused]] const StepReport report{epoch, epochs, train.samples(), result.train, seconds()};
      (detail::tell_step(hooks, report), ...);
    }
    if constexpr (requires { trainer.finish_window(steps_per_epoch); }) trainer.finish_window(steps_per_epoch);
    result.train_seconds = seconds();
    result.waited = pictures->wait_seconds();
    result.cached = pictures->from_cache();
    if (tests) result.test = detail::test_on(trainer, *tests, test_views);
    history.push_back(result);
    (detail::tell_epoch(hooks, result, trainer), ...);
    if constexpr (requires { trainer.epoch_done(0.0); })
      if (!trainer.epoch_done(tests ? result.test.loss() : result.train.loss())) break;
  }
  Arena::instance().release_unused();
  return history;
}

/// A hook that keeps a copy of the tensors of the epoch with the best test accuracy, or, where targets are no classes,
/// the lowest test loss (the first of equals).
class BestWeights {
 public:
  template <class T>
  void on_epoch(const EpochResult& result, const T& trainer) {
    const double accuracy = result.test.accuracy(), loss = result.test.loss();
    if (!(std::isnan(accuracy) ? loss < loss_ : accuracy > accuracy_)) return;
    const at::NoGradGuard no_grad;
    accuracy_ = accuracy;
    loss_ = loss;
    epoch_ = result.epoch;
    const Tensors& now = detail::tested_tensors(trainer);
    if (tensors_.empty())
      for (const at::Tensor& t : now) tensors_.push_back(t.detach().clone());
    else
      for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].copy_(now[i]);
  }

  /// 0 before the first epoch with a test.
  [[nodiscard]] int epoch() const { return epoch_; }
  [[nodiscard]] double accuracy() const { return accuracy_; }
  [[nodiscard]] double loss() const { return loss_; }
  [[nodiscard]] const Tensors& tensors() const { return tensors_; }

 private:
  double accuracy_ = -1, loss_ = std::numeric_limits<double>::infinity();
  int epoch_ = 0;
  Tensors tensors_;
};

}  // namespace tuneit
