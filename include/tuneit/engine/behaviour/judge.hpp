#pragma once
// Has a behaviour the members that its policy announces, callable, and nobody else's?
#include <concepts>
#include <type_traits>

#include "tuneit/engine/behaviour/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/hooks.hpp"
#include "tuneit/recipe/judge_acting.hpp"

namespace tuneit::detail {

/// What around_gradients is given, for the question whether it can be called.
struct AnyRun {
  void operator()() const {}
};

template <class B, class C>
constexpr unsigned callable_moments() {
  unsigned m = 0;
  if constexpr (requires(B & b, const C& c) { b.on_start(c); }) m |= OnStart;
  if constexpr (requires(B & b, const C& c, StepBatch& batch) { b.on_batch(batch, c); }) m |= OnBatch;
  if constexpr (requires(B & b, const C& c, const AnyRun& run) { b.around_gradients(c, run); }) m |= AroundGradients;
  if constexpr (requires(B & b, const C& c) { b.on_gradients(c); }) m |= OnGradients;
  if constexpr (requires(B & b, const C& c) { b.before_step(c); }) m |= BeforeStep;
  if constexpr (requires(B & b, const C& c) { b.after_step(c); }) m |= AfterStep;
  if constexpr (requires(B & b, const C& c) { b.after_last_step(c); }) m |= AfterLastStep;
  if constexpr (requires(const B& b, const Tensors& own) {
                  { b.before_evaluation(own) } -> std::same_as<const Tensors&>;
                })
    m |= BeforeEvaluation;
  if constexpr (requires(B & b, const C& c, const EpochResult& e) {
                  { b.on_epoch(e, c) } -> std::same_as<Training>;
                })
    m |= OnEpoch;
  return m;
}

template <class B>
concept HasState = requires(B& b, Archive& a) {
  b.state(a);
};
template <class B>
concept KeepsNothing = requires {
  requires std::is_same_v<typename B::keeps, Nothing>;
};

template <class P, class R>
constexpr auto judge_behaviour() {
  using B = Behaviour<P, R>;
  constexpr auto says = static_cast<unsigned>(moments<P>), can = callable_moments<B, StepContext<R>>();
  if constexpr (constexpr unsigned lacks = says & ~can; lacks != 0)
    return Type<LacksItsMember<P, first_moment(lacks)>>{};
  else if constexpr (constexpr unsigned more = static_cast<unsigned>(named_moments<B>()) & ~says; more != 0)
    return Type<ActsUnannounced<P, first_moment(more)>>{};
  else if constexpr (!std::is_empty_v<B> && !HasState<B> && !KeepsNothing<B>)
    return Type<StateNotSaved<P>>{};
  else
    return Type<Accepted>{};
}
template <class P, class R>
using behaviour_verdict = typename decltype(judge_behaviour<P, R>())::type;

}  // namespace tuneit::detail
