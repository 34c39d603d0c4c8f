#pragma once
// What is known of a training between its steps: where it is, what it wants of batches, what is measured?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/distill.hpp"
#include "tuneit/engine/checks/training_end.hpp"
#include "tuneit/engine/metric/metric.hpp"
#include "tuneit/engine/step/schema.hpp"
#include "tuneit/engine/step/trainer_state.hpp"
#include "tuneit/engine/step/why_no_graphs.hpp"
#include "tuneit/recipe/metrics/measured.hpp"

namespace tuneit::detail {

/// The training at rest, and what is asked of it; Trainer<R> takes its steps.
template <class R>
class TrainerFacts {
 public:
  using Model = typename R::model;

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

  /// The tensors that are tested and kept: the moving average, where the recipe has one (after the first step).
  [[nodiscard]] const Tensors& best_tensors() const { return t_.behaviours.before_evaluation(t_.tensors); }

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

 protected:
  using Acting = Behaviours<R>;

  explicit TrainerFacts(Settings settings) : t_(settings) {}

  TrainerState<R> t_;
};

}  // namespace tuneit::detail
