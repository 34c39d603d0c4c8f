#pragma once
// How does a batch become gradients? Forward, loss, backward, and who acts in between.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <string>
#include <utility>

#include "tuneit/aten/describe.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/step/tied_gradients.hpp"
#include "tuneit/engine/step/trainer_state.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"

namespace tuneit::detail {

[[noreturn, gnu::noinline]] inline void refuse_diverged(long long step) {
  throw Error(ErrorKind::Diverged, "the loss is no longer a finite number in step " + std::to_string(step),
              "lower the learning rate, or add a warm-up");
}

[[noreturn, gnu::noinline]] inline void refuse_gradient(const at::Tensor& gradient, const at::Tensor& outputs) {
  throw Error(ErrorKind::Usage,
              "a policy that acts on outputs left a gradient of the shape " +
                  (gradient.defined() ? aten::shape_text(gradient) : std::string("of nothing")) +
                  " for outputs of the shape " + aten::shape_text(outputs),
              "StepOutputs::gradient is that of the loss by the outputs, of their shape.");
}

/// Throws what went wrong on a device; where nothing did, and on the CPU, it does nothing. `wait`: all of it, else what
/// has arrived. The steps since do not count: nothing has moved in them.
template <class R>
[[gnu::noinline]] void throw_found(TrainerState<R>& t, bool wait) {
  const auto found = t.health.found(wait, t.step);
  if (!found) return;
  t.step = found->step - 1;
  t.forget_batches();
  if (found->label)
    throw Error(ErrorKind::Data, "a label is not one of the classes in step " + std::to_string(found->step),
                "Labels count from 0. On the CPU (Settings::device) the sample is named.");
  refuse_diverged(found->step);
}

/// Are gradients in the number type of their tensors behind the way back? Else they are as that has left them.
template <class R>
bool lifts_gradients([[maybe_unused]] TrainerState<R>& t) {
  if constexpr (hides_gradients<R>) return !t.optimizer.reads_low(t.settings, t.low.casts());
  return true;
}
/// What a pass of P reads: the tensors, or casts of some.
template <class P, class R>
const Tensors& tensors_read(TrainerState<R>& t) {
  if constexpr (computes_low<R>)
    if (t.low.on()) return t.low.template cast<P>(t.tensors, t.compute, keeps_casts<R>, t.changes, lifts_gradients(t));
  return t.tensors;
}
/// Gradients of the rows [begin, end) that such a pass left are in the number type of their tensors.
template <class R>
void lift_gradients([[maybe_unused]] TrainerState<R>& t, [[maybe_unused]] std::size_t begin,
                    [[maybe_unused]] std::size_t end) {
  if constexpr (computes_low<R>)
    if (t.low.on() && lifts_gradients(t)) t.low.lift(begin, end, t.gradients);
}

/// The forward pass of a network with wires: what flows at its end.
template <class P, class R>
at::Tensor forward_wired(TrainerState<R>& t, TrainPass<P>& pass, StepFlow<R> features, PendingStatistics* statistics) {
  if constexpr (several_inputs<typename R::model>) {
    const bool packed = frozen_prefix<P>() > 0;
    const Tensors beside = packed ? t.programs.template unpack<phase_of<P>>(features.x) : std::move(features.others);
    return pass.forward(std::move(features.x), tensors_read<P>(t), t.generator, statistics, beside, t.handed_on());
  } else {
    const Tensors beside = t.programs.template unpack<phase_of<P>>(features);
    return pass.forward(std::move(features), tensors_read<P>(t), t.generator, statistics, beside, t.handed_on());
  }
}

/// As a policy that acts on outputs may have left it, the gradient is that of the outputs. Throws Error(Usage).
inline void check_gradient(const at::Tensor& gradient, const at::Tensor& outputs) {
  if (!gradient.defined() || gradient.sizes() != outputs.sizes()) refuse_gradient(gradient, outputs);
}
inline void check_gradient(const Outputs& gradient, const Outputs& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (gradient[i].defined()) check_gradient(gradient[i], outputs[i]);
}
inline Outputs in_numbers(Outputs gradient, at::ScalarType type) {
  for (std::size_t i = 0; i < gradient.size(); ++i)
    if (gradient[i].defined()) gradient[i] = in_numbers(gradient[i], type);
  return gradient;
}

/// The way back, block by block.
template <class R, class Pass, class Dy>
void backward_by_block(TrainerState<R>& t, Pass& pass, Dy dy, [[maybe_unused]] long long spe,
                       [[maybe_unused]] const StepTargets<R>& target) {
  [[maybe_unused]] auto c = t.context(spe);  // of its own: somebody around the gradients goes on with his
  c.targets = &target;
  if constexpr (recipe_effects<R>.flat_gradients) t.flat.begin(t.tensors, t.behaviours.rows(t.phase));
  pass.backward(std::move(dy), t.gradients, [&](std::size_t block) {
    using Model = typename R::model;
    [[maybe_unused]] const std::size_t begin = table<Model>.block_begin[block],
                                       end = table<Model>.block_begin[block + 1];
    if constexpr (has_ties<Model>) add_tied<Model>(t.gradients, begin, end);
    if constexpr (recipe_effects<R>.flat_gradients)
      t.flat.take(begin, end, t.gradients);
    else
      lift_gradients(t, begin, end);
    if constexpr (over_ranks) t.ranks.block_done(t, block, c);
    if constexpr (TrainerState<R>::Acting::at(OnBlockGradients)) t.behaviours.on_block_gradients(block, c);
  });
}

/// Forward, loss and backward of P, a recipe in one of its phases; fills the gradients where the loss is a number, or
/// is on a device, where `TrainerState::health` looks. `statistics`: where those of the batch are left, or null.
template <class P, class R>
StepResult pass_of(TrainerState<R>& t, StepFlow<R> features, const StepTargets<R>& target,
                   [[maybe_unused]] long long spe, PendingStatistics* statistics) {
  constexpr bool several = several_outputs<typename P::model>;
  TrainPass<P> pass;
  if constexpr (TrainerState<R>::Acting::at(AroundGradients) && requires { pass.move_vectors(&t.moved); })
    if (t.moved.by.defined()) pass.move_vectors(&t.moved);
  std::conditional_t<several, Outputs, at::Tensor> logits;
  if constexpr (several) {
    forward_wired<P>(t, pass, std::move(features), statistics);
    logits = t.scored(pass.outputs());
  } else if constexpr (has_wires<typename P::model>) {
    logits = t.scored(forward_wired<P>(t, pass, std::move(features), statistics));
  } else {
    logits = t.scored(pass.forward(std::move(features), tensors_read<P>(t), t.generator, statistics, t.handed_on()));
  }
  decltype(logits) gradient;
  StepResult result = with_loss<R>(t.phase, [&]<class Now>(Type<Now>) {
    if constexpr (several)
      return losses_of<Now>(logits, target, loss_numbers<Now>(t.settings), &gradient);
    else
      return loss_of<typename Now::loss>(logits, target, loss_numbers<Now>(t.settings), &gradient);
  });
  if constexpr (constexpr int times = recipe_effects<R>.batches_at_once;
                times > 1) {  // what is told is of each sample once
    result.count /= times;
    result.correct = result.correct.times(1.0 / times);
    result.correct_labels = result.correct_labels.times(1.0 / times);
    if (result.labels != StepResult::of_tokens) result.labels /= times;
  }
  if constexpr (TrainerState<R>::Acting::at(OnOutputs)) {
    auto c = t.context(spe);  // of its own: somebody around the gradients goes on with his
    c.targets = &target;
    StepOutputsOf<R> outputs{logits, target, result.loss, gradient};
    t.behaviours.on_outputs(outputs, c);
    check_gradient(gradient, logits);
  }
  if constexpr (over_ranks) {
    t.ranks.scale(t, gradient, logits, target);
    if (!result.loss.on_device()) t.ranks.tell_finite(std::isfinite(result.loss), t.step + 1);
  }
  if (result.loss.on_device())
    t.health.look(result.loss.tensor(), result.outside);
  else if (!std::isfinite(result.loss))
    return result;  // it does not count
  if constexpr (trained_metrics<R>::size > 0)
    if (std::exchange(t.measures, false)) {
      if (!t.graphs) [[likely]]
        t.metrics.add(logits, target);
      else if constexpr (several)
        t.measured.assign(logits.begin(), logits.end());
      else
        t.measured = {logits};
    }
  if constexpr (recipe_effects<R>.flat_gradients || TrainerState<R>::Acting::at(OnBlockGradients)) {
    backward_by_block(t, pass, in_numbers(gradient, t.compute), spe, target);
  } else {
    pass.backward(in_numbers(gradient, t.compute), t.gradients);
    lift_gradients(t, 0, t.tensors.size());
    if constexpr (has_ties<typename R::model>) add_tied<typename R::model>(t.gradients);
  }
  return result;
}

/// The same in the phase at hand; throws where the loss is no number. `given`: what the caller gave, pictures or
/// features, to look at then.
template <class R>
[[gnu::always_inline]] inline StepResult pass_here(TrainerState<R>& t, StepFlow<R> features,
                                                   const StepTargets<R>& target, long long spe,
                                                   const StepFlow<R>& given, bool given_features,
                                                   PendingStatistics* statistics) {
  StepResult result;
  with_passes<R>(t.phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    result = pass_of<InPhase<R, I>>(t, std::move(features), target, spe, statistics);
  });
  if (result.loss.on_device() || std::isfinite(result.loss)) return result;
  blame_samples(first_of(given), given_features, first_of(target).value, t.compute);
  if constexpr (several_inputs<typename R::model>)
    for (const at::Tensor& x : given.others) blame_samples(x, given_features, first_of(target).value, x.scalar_type());
  if constexpr (several_outputs<typename R::model>)
    for (const Targets& of : target) blame_samples(first_of(given), given_features, of.value, t.compute);
  refuse_diverged(t.step + 1);
}

/// The gradients of a batch, as often as whoever acts around them says. Statistics are those of the first pass, and its
/// loss is the one that is told. `held`: somebody says that there is no update now.
template <class R>
StepResult gradients_of(TrainerState<R>& t, StepFlow<R> features, const StepTargets<R>& target, long long spe,
                        const StepFlow<R>& given, bool given_features, [[maybe_unused]] bool& held) {
  using Who = typename TrainerState<R>::Acting;
  t.statistics.begin();
  if constexpr (trained_metrics<R>::size > 0) t.measures = true;
  if constexpr (over_ranks) {
    t.measures = t.measures && t.ranks.counts();
    t.ranks.begin_batch(t, target);
  }
  if constexpr (!Who::at(AroundGradients | AfterBackward)) {
    return pass_here(t, std::move(features), target, spe, given, given_features, t.pending());
  } else {
    auto c = t.context(spe);
    c.targets = &target;
    StepResult result;
    if constexpr (Who::at(AroundGradients)) {
      bool again = false, whole = false;
      t.behaviours.around_gradients(c, [&] {
        t.gradients.assign(t.tensors.size(), {});
        whole = false;
        const StepResult one =
            pass_here(t, features, target, spe, given, given_features, again ? nullptr : t.pending());
        whole = true;
        if (!again) result = one;
        again = true;
        return one.loss;
      });
      if (!whole)
        throw Error(ErrorKind::Usage, "a policy that acts around gradients did not compute them",
                    "Call the second argument of around_gradients at least once, and let what it throws pass.");
    } else {
      result = pass_here(t, std::move(features), target, spe, given, given_features, t.pending());
    }
    if constexpr (Who::at(AfterBackward)) t.behaviours.after_backward(c);
    if constexpr (recipe_effects<R>.skips_steps) held = c.held();
    return result;
  }
}

}  // namespace tuneit::detail
