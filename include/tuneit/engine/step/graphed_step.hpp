#pragma once
// A step that a device may replay: its batch as a list of tensors, what of it the host does each time.
#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "tuneit/engine/run/gpu_numbers.hpp"
#include "tuneit/engine/step/step_graphs.hpp"
#include "tuneit/engine/step/trainer_steps.hpp"

namespace tuneit::detail {

/// Calls f(tensor) for each tensor of a batch, in one order.
template <class F>
void each_given(at::Tensor& x, const F& f) {
  f(x);
}
template <class F>
void each_given(Flow& flow, const F& f) {
  f(flow.x);
  for (at::Tensor& x : flow.others) f(x);
}
template <class F>
void each_given(Targets& t, const F& f) {
  f(t.value);
  if (t.other.defined()) f(t.other);
  if (t.weight.defined()) f(t.weight);
  if (t.share.on_device()) {
    at::Tensor share = t.share.tensor();
    f(share);
    t.share = std::move(share);
  }
}
template <class F>
void each_given(std::vector<Targets>& all, const F& f) {
  for (Targets& t : all) each_given(t, f);
}

/// Which kind of batch it is: one that has its tensors can take its place.
template <class Batch>
void add_kind(std::vector<std::int64_t>& kind, Batch& batch) {
  each_given(batch, [&](const at::Tensor& x) {
    kind.push_back(static_cast<std::int64_t>(x.scalar_type()));
    kind.push_back(x.dim());
    kind.insert(kind.end(), x.sizes().begin(), x.sizes().end());
    kind.insert(kind.end(), x.strides().begin(), x.strides().end());
  });
}
inline void add_parts(std::vector<std::int64_t>& kind, const Targets& t) {
  kind.push_back((t.other.defined() ? 1 : 0) + (t.weight.defined() ? 2 : 0) + (t.share.on_device() ? 4 : 0));
}
inline void add_parts(std::vector<std::int64_t>& kind, const std::vector<Targets>& all) {
  for (const Targets& t : all) add_parts(kind, t);
}

/// What flows out of the frozen blocks; x where there are none.
template <class R>
StepFlow<R> behind_prefix(TrainerState<R>& t, StepFlow<R> x) {
  if (t.frozen_here() == 0) return x;
  if constexpr (several_inputs<typename R::model>)
    return t.programs.prefix(std::move(x.x), t.phase, t.tensors, t.compute, x.others);
  else
    return t.programs.prefix(std::move(x), t.phase, t.tensors, t.compute);
}

/// A step with a batch that is ready, or with `features` of it. `sees`: those that look at inputs are called in it.
template <class R>
StepResult graphed_step(TrainerState<R>& t, StepFlow<R> x, StepTargets<R> targets, long long spe, bool features,
                        bool sees) {
  const GpuNumbersScope numbers(t.gpu);
  if (t.health.looks()) throw_found(t, t.settings.check_every > 0 && t.step % t.settings.check_every == 0);
  const long long before = t.step;
  StepGraphs::Kind kind{t.phase, {features ? 1 : 0, sees ? 1 : 0}};
  add_parts(kind.batch, targets);
  add_kind(kind.batch, x);
  add_kind(kind.batch, targets);
  std::vector<at::Tensor> given;
  each_given(x, [&](const at::Tensor& one) { given.push_back(one); });
  each_given(targets, [&](const at::Tensor& one) { given.push_back(one); });

  StepGraphs::Step step;
  step.draws = {t.generator};
  step.taken = [&] { return t.step != before; };
  step.body = [&](const std::vector<at::Tensor>& on) {
    StepFlow<R> flow = x;
    StepTargets<R> should = targets;
    std::size_t i = 0;
    each_given(flow, [&](at::Tensor& one) { one = on[i++]; });
    each_given(should, [&](at::Tensor& one) { one = on[i++]; });
    return without_leftovers(t, [&] {
      if constexpr (TrainerState<R>::Acting::at(OnInputs))
        if (sees) {
          auto c = t.context(spe);
          StepBatchOf<R> batch;
          batch.images = first_of(flow);
          batch.targets = first_of(should);
          t.behaviours.on_inputs(batch, c);
        }
      if (!features) flow = behind_prefix(t, std::move(flow));
      bool held = false;
      const StepResult result = gradients_of(t, flow, should, spe, flow, features, held);
      end_batch(t, spe, true, held);
      if constexpr (computes_low<R>) t.low.end_step();
      return result;
    });
  };
  step.measured = [&] { return t.measured; };
  step.replayed = [&](const std::vector<at::Tensor>& measured) {
    if constexpr (TrainerState<R>::Acting::any) {
      auto c = t.context(spe);
      ++t.step;
      t.behaviours.replayed(c);
    } else {
      ++t.step;
    }
    if constexpr (computes_low<R>) t.low.replayed();
    t.measured = measured;
  };
  if constexpr (computes_low<R> && keeps_casts<R>)  // casts of what was changed since: no part of what is replayed
    if (t.low.on())
      with_passes<R>(t.phase,
                     [&]<std::size_t I>(std::integral_constant<std::size_t, I>) { tensors_read<InPhase<R, I>>(t); });
  StepResult result = t.graphs->run(kind, t.numbers.host(), given, step, t.numbers.late());
  if constexpr (trained_metrics<R>::size > 0) t.metrics.add(Outputs(std::exchange(t.measured, {})), targets);
  if (t.health.looks() && t.step != before) t.health.end_step(t.step);
  return result;
}

}  // namespace tuneit::detail
