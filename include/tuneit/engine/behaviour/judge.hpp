#pragma once
// Has a behaviour the members that its policy announces, callable, and no others? No LibTorch.
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "tuneit/recipe/judges/acting.hpp"

namespace tuneit::detail {

/// What the moments of a behaviour are given: StepContext<R>, StepBatch, StepOutputs, Tensors, EpochResult and
/// Archive.
template <class Context, class Batch, class Outputs, class Weights, class Epoch, class States>
struct MomentTypes {
  using outputs = Outputs;
  using context = Context;
  using batch = Batch;
  using weights = Weights;
  using epoch = Epoch;
  using archive = States;
};

/// What around_gradients is given, for the question whether it can be called.
struct AnyRun {
  double operator()() const { return 0; }
};

template <class B, class T, class C = typename T::context>
constexpr unsigned callable_moments() {
  using Batch = typename T::batch;
  using Outputs = typename T::outputs;
  using Weights = typename T::weights;
  using Epoch = typename T::epoch;
  unsigned m = 0;
  if constexpr (requires(B & b, const C& c) { b.on_start(c); }) m |= OnStart;
  if constexpr (requires(B & b, const C& c, Batch& batch) { b.on_batch(batch, c); }) m |= OnBatch;
  if constexpr (requires(B & b, const C& c, const Batch& batch) { b.on_inputs(batch, c); }) m |= OnInputs;
  if constexpr (requires(B & b, const C& c, const AnyRun& run) { b.around_gradients(c, run); }) m |= AroundGradients;
  if constexpr (requires(B & b, const C& c, Outputs& outputs) { b.on_outputs(outputs, c); }) m |= OnOutputs;
  if constexpr (requires(B & b, const C& c) { b.after_backward(c); }) m |= AfterBackward;
  if constexpr (requires(B & b, const C& c) { b.on_gradients(c); }) m |= OnGradients;
  if constexpr (requires(const B& b, const C& c, double rate) {
                  { b.on_rate(rate, c) } -> std::same_as<double>;
                })
    m |= OnRate;
  if constexpr (requires(B & b, const C& c) { b.before_step(c); }) m |= BeforeStep;
  if constexpr (requires(B & b, const C& c) { b.after_step(c); }) m |= AfterStep;
  if constexpr (requires(B & b, const C& c) { b.on_drop(c); }) m |= OnDrop;
  if constexpr (requires(B & b, const C& c) { b.after_last_step(c); }) m |= AfterLastStep;
  if constexpr (requires(const B& b, const Weights& own) {
                  { b.before_evaluation(own) } -> std::same_as<const Weights&>;
                })
    m |= BeforeEvaluation;
  if constexpr (requires(B & b, const C& c, const Epoch& e) {
                  { b.on_epoch(e, c) } -> std::same_as<Training>;
                })
    m |= OnEpoch;
  if constexpr (requires(B & b, const C& c, std::size_t block) { b.on_block_gradients(block, c); })
    m |= OnBlockGradients;
  return m;
}

template <class B, class Archive>
concept HasState = requires(B& b, Archive& a) {
  b.state(a);
};
template <class B>
concept KeepsNothing = requires {
  requires std::is_same_v<typename B::keeps, Nothing>;
};

/// Of the behaviour B of the policy P.
template <class P, class B, class T>
constexpr auto judge_behaviour() {
  constexpr auto says = static_cast<unsigned>(moments<P>), can = callable_moments<B, T>();
  if constexpr (std::is_base_of_v<OfFinal, B>)
    return Type<LacksItsMember<P, Member::not_final>>{};
  else if constexpr (!std::is_default_constructible_v<B>)
    return Type<LacksItsMember<P, Member::constructor>>{};
  else if constexpr (constexpr unsigned lacks = says & ~can; lacks != 0)
    return Type<LacksItsMember<P, first_moment(lacks)>>{};
  else if constexpr (constexpr unsigned more = static_cast<unsigned>(named_moments<B>) & ~says; more != 0)
    return Type<ActsUnannounced<P, first_moment(more)>>{};
  else if constexpr (!std::is_empty_v<B> && !HasState<B, typename T::archive> && !KeepsNothing<B>)
    return Type<StateNotSaved<P>>{};
  else
    return Type<Accepted>{};
}

}  // namespace tuneit::detail
