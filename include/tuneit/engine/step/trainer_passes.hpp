#pragma once
// How does a batch become gradients? Forward, loss, backward, and who acts in between.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <string>
#include <utility>

#include "tuneit/aten/describe.hpp"
#include "tuneit/engine/behaviour/put_back.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/step/trainer_state.hpp"

namespace tuneit::detail {

[[noreturn, gnu::noinline]] inline void refuse_gradient(const at::Tensor& gradient, const at::Tensor& outputs) {
  throw Error(ErrorKind::Usage,
              "a policy that acts on outputs left a gradient of the shape " +
                  (gradient.defined() ? aten::shape_text(gradient) : std::string("of nothing")) +
                  " for outputs of the shape " + aten::shape_text(outputs),
              "StepOutputs::gradient is that of the loss by the outputs, of their shape.");
}

/// Forward, loss and backward of P, a recipe in one of its phases; fills the gradients where the loss is a number.
template <class P, class R>
BatchResult pass_of(TrainerState<R>& t, at::Tensor features, const Target& target, [[maybe_unused]] long long spe) {
  static_assert(output_count<typename P::model> == 1,
                "tuneit: this network has several outputs, and the recipe one loss, for an only output");
  TrainPass<P> pass;
  at::Tensor logits;
  if constexpr (has_wires<typename P::model>) {
    const Tensors beside = t.programs.template unpack<phase_of<P>>(features);
    logits = t.scored(pass.forward(std::move(features), t.tensors, t.generator, beside));
  } else {
    logits = t.scored(pass.forward(std::move(features), t.tensors, t.generator));
  }
  at::Tensor gradient;
  LossNumbers numbers = t.settings.loss;
  numbers.smoothing = t.settings.label_smoothing;
  BatchResult result;
  if constexpr (recipe_effects<R>.changes_inputs)
    result = loss_of<typename R::loss>(logits, target, numbers, &gradient);
  else
    result = loss_of<typename R::loss>(logits, target.labels, numbers, &gradient);
  if constexpr (TrainerState<R>::Acting::at(OnOutputs)) {
    auto c = t.context(spe);  // of its own: somebody around the gradients goes on with his
    c.targets = &target;
    StepOutputs outputs{logits, target, result.loss, gradient};
    t.behaviours.on_outputs(outputs, c);
    if (!gradient.defined() || gradient.sizes() != logits.sizes()) refuse_gradient(gradient, logits);
  }
  if (!std::isfinite(result.loss)) return result;
  pass.backward(in_numbers(gradient, t.compute), t.gradients);
  return result;
}

/// The same in the phase at hand; throws where the loss is no number. `given`: what the caller gave, pictures or
/// features, to look at then.
template <class R>
[[gnu::always_inline]] inline BatchResult pass_here(TrainerState<R>& t, at::Tensor features, const Target& target,
                                                    long long spe, const at::Tensor& given, bool given_features) {
  BatchResult result;
  with_passes<R>(t.phase, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    result = pass_of<InPhase<R, I>>(t, std::move(features), target, spe);
  });
  if (std::isfinite(result.loss)) return result;
  blame_samples(given, given_features, target.labels, t.compute);
  throw Error(ErrorKind::Diverged, "the loss is no longer a finite number in step " + std::to_string(t.step + 1),
              "lower the learning rate, or add a warm-up");
}

/// The gradients of a batch, as often as whoever acts around them says. Running statistics move in the first pass only,
/// and its loss is the one that is told. `held`: somebody says that there is no update now.
template <class R>
BatchResult gradients_of(TrainerState<R>& t, at::Tensor features, const Target& target, long long spe,
                         const at::Tensor& given, bool given_features, [[maybe_unused]] bool& held) {
  using Who = typename TrainerState<R>::Acting;
  if constexpr (!Who::at(AroundGradients | AfterBackward)) {
    return pass_here(t, std::move(features), target, spe, given, given_features);
  } else {
    auto c = t.context(spe);
    c.targets = &target;
    BatchResult result;
    if constexpr (Who::at(AroundGradients)) {
      bool again = false, whole = false;
      t.behaviours.around_gradients(c, [&] {
        const PutBack statistics(again ? t.moving_statistics() : Tensors{});
        t.gradients.assign(t.tensors.size(), {});
        whole = false;
        const BatchResult one = pass_here(t, features, target, spe, given, given_features);
        whole = true;
        if (!again) result = one;
        again = true;
        return one.loss;
      });
      if (!whole)
        throw Error(ErrorKind::Usage, "a policy that acts around gradients did not compute them",
                    "Call the second argument of around_gradients at least once, and let what it throws pass.");
    } else {
      result = pass_here(t, std::move(features), target, spe, given, given_features);
    }
    if constexpr (Who::at(AfterBackward)) t.behaviours.after_backward(c);
    if constexpr (recipe_effects<R>.skips_steps) held = c.held();
    return result;
  }
}

}  // namespace tuneit::detail
