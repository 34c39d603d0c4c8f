#pragma once
// What does a training consist of? Its tensors, what the optimizer and the behaviours remember, and where it is.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/engine/behaviour/behaviours.hpp"
#include "tuneit/engine/checks/check_shape.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/metric/metric.hpp"
#include "tuneit/engine/run/gpu_numbers.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/engine/run/phase_programs.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/engine/run/wired_train.hpp"
#include "tuneit/engine/step/flat_gradients.hpp"
#include "tuneit/engine/step/health.hpp"
#include "tuneit/engine/step/low_weights.hpp"
#include "tuneit/engine/step/over_ranks.hpp"
#include "tuneit/engine/step/step_graphs.hpp"
#include "tuneit/engine/step/why_no_graphs.hpp"
#include "tuneit/engine/update/recipe_optimizer.hpp"
#include "tuneit/engine/wires/judge_merges.hpp"
#include "tuneit/net/index_tables.hpp"
#include "tuneit/ranks/files_agree.hpp"
#include "tuneit/recipe/queries/check.hpp"
#include "tuneit/weights/initialise.hpp"

namespace tuneit::detail {

/// All of a Trainer<R>; what is done with it is in trainer_passes.hpp and trainer_steps.hpp.
template <class R>
struct TrainerState {
  using Model = typename R::model;
  using Acting = Behaviours<R>;
  using merges_run =
      std::bool_constant<reported<typename JudgeMergesOf<Model, has_wires<Model>>::type>()>;  ///< refused here, if at
                                                                                              ///< all
  /// Is a step made of several batches?
  static constexpr bool gathers = recipe_effects<R>.gathers_batches;
  /// May an epoch have more steps in one phase than in another?
  static constexpr bool changes_batches = differs_in_phases<typename R::parts, slots::BatchSize>;

  explicit TrainerState(Settings s)
      : settings(s),
        device(make_current(resolve(s.device))),
        compute(resolve(s.precision, device)),
        gpu(gpu_numbers(device, std::is_same_v<typename R::precision, TF32>, s.deterministic)),
        host_generator(make_generator(s.seed)),
        generator(host_generator),
        tensors(fresh_tensors()),
        gradients(tensors.size()),
        optimizer(settings, tensors) {
    check_files_agree();
    if (device.is_cuda()) generator = make_generator(settings.seed, device);
    if (why_no_graphs<R>(settings, device).empty()) graphs = std::make_unique<StepGraphs>(graph_factory()(device));
  }

  // --- where the training is
  /// Between epochs the clock goes on in steps of the length that the next one has.
  void keep_time([[maybe_unused]] long long spe) {
    if constexpr (changes_batches) {
      if (steps_per_epoch > 0 && spe != steps_per_epoch && step % steps_per_epoch == 0) {
        if (ended_at == step) ended_at = step / steps_per_epoch * spe;
        step = step / steps_per_epoch * spe;
      }
      steps_per_epoch = spe;
    }
  }
  void enter_phase(long long spe) {
    keep_time(spe);
    phase = phase_at<R>(settings, step, spe).phase;
  }
  [[nodiscard]] std::size_t frozen_here() const { return frozen_blocks_in<R>(phase); }
  [[nodiscard]] StepContext<R> context(long long spe) const { return context(spe, step); }
  /// Of step `at`: of the last one where an epoch is through.
  [[nodiscard]] StepContext<R> context(long long spe, long long at) const {
    const int epoch = spe > 0 ? static_cast<int>(at / spe) : 0;
    StepContext<R> c(tensors, gradients, behaviours.rows(phase), {at, epoch, phase, spe}, generator, host_generator,
                     device, settings, &numbers);
    c.moved = &moved;
    return c;
  }
  /// Before the first pass: behaviours are told.
  void start([[maybe_unused]] long long spe) {
    if constexpr (over_ranks) {
      ranks.start(*this);
      ranks.begin_step(*this);
    }
    if constexpr (Acting::any) steps_per_epoch = spe;
    if constexpr (Acting::at(OnStart)) {
      if (started && (!Acting::changes || started_in == phase)) return;
      const BelowAutograd below;
      auto c = context(spe);
      behaviours.on_start(c, !started);
      started = true;
      started_in = phase;
      ++changes;
    }
  }

  static constexpr bool has_buffers = [] {
    for (const TensorRow& row : table<Model>.rows)
      if (row.is_buffer()) return true;
    return false;
  }();
  /// Where a pass leaves the statistics of its batch; null where there are none.
  [[nodiscard]] PendingStatistics* pending() {
    if constexpr (has_buffers)
      return &statistics;
    else
      return nullptr;
  }

  /// Of a step that will not be taken.
  void forget_batches() {
    batches = 0;
    held = false;
    statistics.drop();
    if (!std::exchange(learned, false)) return;
    if constexpr (Acting::at(OnDrop)) {
      auto c = context(steps_per_epoch);
      behaviours.on_drop(c);
    }
    gradients.assign(tensors.size(), {});
  }

  // --- numbers
  /// On the device, in the number type and memory format in which the network computes.
  [[nodiscard]] at::Tensor prepared(const at::Tensor& images) const {
    using In = typename Model::input;
    if constexpr (In::at(In::side).dtype != ElementType::Number) {
      taken.check(images);
      if constexpr (In::at(In::side).dtype == ElementType::Index)
        check_indices(images, index_tables<Model>.rows[0], input_name<typename In::first>());
      if (device.is_cpu()) return images.to(device).contiguous();
      return images.to(device, images.scalar_type(), /*non_blocking=*/true).contiguous();
    } else {
      taken.check(images);
      at::Tensor x = images;
      if (x.scalar_type() != compute || x.device() != device)
        x = x.to(device, compute, /*non_blocking=*/device.is_cuda());
      return channels_last(x);
    }
  }
  /// The number type of what a layer makes of indices; undefined where there are none.
  [[nodiscard]] at::ScalarType handed_on() const { return takes_indices<Model> ? compute : at::ScalarType::Undefined; }
  [[nodiscard]] at::Tensor on_device(const at::Tensor& labels) const {
    return labels.device() == device ? labels : labels.to(device, labels.scalar_type(), /*non_blocking=*/true);
  }
  [[nodiscard]] at::Tensor scored(const at::Tensor& logits) const {
    return in_numbers(logits, compute == at::kDouble ? at::kDouble : at::kFloat);
  }
  [[nodiscard]] Outputs scored(Outputs outputs) const {
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = scored(outputs[i]);
    return outputs;
  }

  Settings settings;
  at::Device device;
  at::ScalarType compute;
  GpuNumbers gpu;
  at::Generator host_generator;  ///< of the CPU; on the CPU it is the other one
  at::Generator generator;       ///< of the device
  Tensors tensors, gradients;
  [[no_unique_address]] std::conditional_t<recipe_effects<R>.flat_gradients, FlatGradients, NothingSaved> flat;
  std::conditional_t<computes_low<R>, LowWeights, NoLowWeights> low{device, compute};
  [[no_unique_address]] RankStep<R> ranks;
  Health health;
  std::conditional_t<has_buffers, PendingStatistics, NoStatistics>
      statistics;                        ///< of the batch at hand, from its first forward pass to its step
  mutable MovedVectors moved{};          ///< for who acts around gradients
  StepNumbers numbers{device};           ///< of the step at hand, on a device
  std::unique_ptr<StepGraphs> graphs{};  ///< where steps may be replayed
  std::vector<at::Tensor> measured{};    ///< with graphs: outputs of the batch at hand, for metrics
  RecipeOptimizer<R> optimizer;
  mutable PhasePrograms<R> programs;
  mutable std::conditional_t<Model::input::at(Model::input::side).dtype == ElementType::Number, ImageShape<Model>,
                             TextShape<Model>>
      taken;
  mutable FeatureShape<Model> taken_features;
  Acting behaviours;
  /// Of the batches of this epoch; what a recipe says is measured in training, too.
  MetricSums metrics = metric_sums<R>(trained_metrics<R>{});
  bool measures = false;  ///< the pass at hand is the first of its batch
  bool stopped_early = false;
  std::size_t phase = 0;
  long long step = 0, steps_per_epoch = 0;
  long long batches = 0;       ///< of the step at hand, so far
  bool learned = false;        ///< one of them gave gradients
  bool held = false;           ///< the last one says that there is no update
  long long ended_at = 0;      ///< the step after which behaviours were told of an epoch's end
  long long changes = 0;       ///< times that behaviours may have changed tensors outside of a step
  bool started = false;        ///< behaviours were told
  std::size_t started_in = 0;  ///< the phase in which they were told last

 private:
  [[nodiscard]] Tensors fresh_tensors() {
    check_settings<R>(settings);
    if (compute == at::kHalf && !scales_loss<typename R::precision>)
      throw Error(ErrorKind::Usage, "the recipe says nothing of half precision, and Settings::precision asks for it",
                  "Say Precision<FP16>, which scales the loss, or Precision<ChosenPrecision>.");
    std::optional<ArenaScope> memory;  // the drawings end here: the first step uses their memory again
    if (device.is_cpu()) memory.emplace();
    return flat_on<Model>(make_tensors<Model, typename R::head::initialiser>(settings.classes, generator), device,
                          compute == at::kDouble ? at::kDouble : at::kFloat);
  }
};

}  // namespace tuneit::detail
