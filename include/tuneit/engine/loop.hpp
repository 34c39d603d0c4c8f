#pragma once
// Epochs: train on everything, test on everything, tell the hooks.
#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/checks/fit_checks.hpp"
#include "tuneit/engine/feature_cache.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/metric/evaluate.hpp"
#include "tuneit/engine/metric/score.hpp"
#include "tuneit/engine/train_on.hpp"
#include "tuneit/engine/trainer_like.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/engine/ranks/loop.hpp"
#endif

namespace tuneit {

namespace detail {

template <TrainerLike T>
auto logits_of(const T& trainer, const Fed& batch) {
  if constexpr (takes_several<T>)
    return batch.features ? trainer.outputs_from(batch.x) : trainer.outputs(batch.batch());
  else
    return batch.features ? trainer.logits_from(batch.x) : trainer.logits(batch.x);
}

/// However a training ends, batches that no optimizer step has taken are forgotten (Accumulate).
template <class T>
struct NoHalfWindow {
  T& trainer;
  ~NoHalfWindow() { trainer.drop_window(); }
};

#ifndef TUNEIT_RANKS
/// What several processes do together (engine/ranks/loop.hpp): of one it is the data itself.
struct LoopRanks {
  data::Batches& train_;
  data::Batches* test_;
  static void divide() {}
  [[nodiscard]] data::Batches& train() const { return train_; }
  [[nodiscard]] data::Batches* test() const { return test_; }
  static bool agreed(bool here) { return here; }
  static bool counts() { return true; }
  static void sum_train(EpochResult&) {}
  static void sum_test(Score&, MetricSums&) {}
};
#endif

/// Thrown through a test that a hook stops, no further.
struct Stopped {};

template <class T, class Stops>
Score test_on(const T& trainer, Feed<T>& feed, std::uint64_t views, const Stops& stops, const LoopRanks& ranks) {
  const ArenaScope memory(trainer.device());
  Score score;
  MetricSums metrics = trainer.metrics();
  metrics.of(*ranks.test());
  const auto outputs = [&](const Fed& batch) {
    if (stops()) throw Stopped{};
    return logits_of(trainer, batch);
  };
  each_output(feed, views, outputs, [&](const Fed& batch, const auto& logits) {
    if constexpr (takes_several<T>) {
      score.add(trainer.score(logits, batch.batch(), metrics));
    } else {
      score.add(trainer.score(logits, batch.labels));
      if (!metrics.empty()) metrics.add(logits, Targets{batch.labels}, batch.index);
    }
  });
  score.check_labels();
  ranks.sum_test(score, metrics);
  score.figures = metrics.read();
  return score;
}

}  // namespace detail

/// Trains for Settings::epochs epochs; a trainer that has done some of them goes on behind them. Before anything is
/// read it throws Error where the training has ended or stands within an epoch, where data has no samples, and where
/// labels are not those of the head. `test` may be null; where it has several views of a picture, the mean of their
/// outputs is judged. Each hook may have on_step(const StepReport&), on_epoch(const EpochResult&, const T&) and
/// should_stop(), one of them at least; what it lacks costs nothing, and what it has must be callable so. should_stop()
/// is asked before every step and every batch of a test, and of those whose features are computed ahead; where it is
/// true the training ends there, and the epoch that is not complete is neither told to hooks nor returned. Of a window
/// of batches (Accumulate) that is not full then, or when something is thrown, nothing is kept: the weights are those
/// of the last optimizer step, and the next training begins a window of its own. Where blocks are frozen at the
/// beginning of the network and pictures come again (without random augmentation, or with Views), their features are
/// kept, unless Settings::cache_features says no; the results are the same. A trainer is a Trainer<R>, or anything with
/// its members (TrainerLike lists them).
template <TrainerLike T, class... Hooks>
std::vector<EpochResult> fit(T& trainer, data::Batches& train_data, data::Batches* test_data, Hooks&... hooks) {
  [[maybe_unused]] constexpr bool hooks_fit[] = {true, detail::check_hook<Hooks, detail::ToldOf<T>>()...};
  const int epochs = trainer.settings().epochs;
  detail::LoopRanks ranks{train_data, test_data};
  detail::check_source(train_data, "training");
  if (test_data != nullptr) detail::check_source(*test_data, "test");
  ranks.divide();
  data::Batches& train = ranks.train();
  data::Batches* const test = ranks.test();
  auto steps_per_epoch = trainer.steps_in(static_cast<long long>(train.batches()));
  const int done = detail::epochs_done(trainer, train, steps_per_epoch);
  detail::check_phases(trainer, train);
  detail::check_batch_size(trainer, train);
  detail::check_schema(trainer, train);
  detail::check_labels(trainer, train);
  if (test != nullptr) {
    detail::check_schema(trainer, *test);
    detail::check_labels(trainer, *test);
  }
  detail::check_monitor(trainer, test);
  const detail::NoHalfWindow<T> whole_windows{trainer};
  if (trainer.settings().views > 0) train.set_views(static_cast<unsigned>(trainer.settings().views));
  detail::send_to(trainer, train);
  if (test != nullptr) detail::send_to(trainer, *test);
  std::optional<Feed<T>> pictures, tests;
  const std::uint64_t test_views = test == nullptr ? 1 : detail::test_views(*test);
  std::vector<EpochResult> history;
  bool stopped = false;
  const auto stops = [&] { return stopped = ranks.agreed((detail::wants_to_stop(hooks) || ...)); };
  for (int epoch = done + 1, same_until = done; epoch <= epochs; ++epoch) {
    train.enter_epoch(static_cast<std::uint64_t>(epoch));
    steps_per_epoch = trainer.steps_in(static_cast<long long>(train.batches()));
    trainer.begin_epoch(steps_per_epoch);
    if (epoch > same_until) {  // other blocks are frozen from here on, or batches are others
      const int alike = detail::epochs_alike(trainer, train, epoch - 1, epochs);
      same_until = epoch - 1 + alike;
      pictures.emplace(trainer, train, trainer.mixes() ? 1 : alike, epoch - 1);  // 1: seen once only
      if (test != nullptr) tests.emplace(trainer, *test, alike * static_cast<int>(test_views), epoch - 1);
    }
    EpochResult result{epoch, trainer.rate(steps_per_epoch), {}, {}, 0, 0}, stood_in;
    const auto begin = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const auto step = [&] {
      const ArenaScope memory(trainer.device());  // not around the hooks: what they make is theirs
      const auto batch = pictures->next(stops);
      if (batch) detail::train_on(trainer, *batch, steps_per_epoch, train, ranks.counts() ? result : stood_in);
      return batch.has_value();
    };
    {
      const ArenaScope memory(trainer.device());
      pictures->start(static_cast<std::uint64_t>(epoch));
    }
    while (!stops() && step()) {
      [[maybe_unused]] const StepReport report{epoch, epochs, train.samples(), result.train, seconds()};
      (detail::tell_step(hooks, report), ...);
    }
    if (stopped) break;
    trainer.finish_window(steps_per_epoch);
    ranks.sum_train(result);
    detail::check_epoch(result, train.samples());
    result.train_seconds = seconds();
    result.train.figures = trainer.trained_metrics();
    result.monitor = trainer.monitor();
    result.monitor_lower_is_better = trainer.monitor_lower_is_better();
    result.waited = pictures->wait_seconds();
    result.cached = pictures->from_cache();
    try {
      if (tests) result.validation = detail::test_on(trainer, *tests, test_views, stops, ranks);
    } catch (const detail::Stopped&) {
      break;
    }
    result.train.settle();
    result.validation.settle();
    if (tests) detail::check_test(result);
    const EpochResult& told = history.emplace_back(std::move(result));
    const bool goes_on = trainer.epoch_done(told);  // first: what a hook saves has all of the epoch in it
    (detail::tell_epoch(hooks, told, trainer), ...);
    if (!goes_on) break;
  }
  if (trainer.device().is_cpu()) Arena::instance().release_unused();
  return history;
}

}  // namespace tuneit
