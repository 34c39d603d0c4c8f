#pragma once
// When does a policy act in a training, and what follows from it for everybody who plans? The policy says it, without
// LibTorch; what it does is in Behaviour<Policy, Recipe>, in the engine or in the policy itself.
#include <cstdint>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

/// Said by a policy that acts: `static constexpr Moments acts = OnGradients | AfterStep;`. Its behaviour has a member
/// for each of them, no more and no less, of the name that stands beside it. `c` is a StepContext<R>: take it as a
/// template argument, `template <class C> void after_step(const C& c)`.
enum Moments : unsigned {
  NoMoments = 0,
  OnStart = 1,  ///< on_start(c): before the first pass of a training; weights are loaded by then
  OnBatch = 2,  ///< on_batch(StepBatch&, c): may change what flows in and its targets; no features are kept then
  AroundGradients = 4,    ///< around_gradients(c, run): run() computes the gradients anew, once or more
  OnGradients = 8,        ///< on_gradients(c): may change them; in the order that `Order` says
  BeforeStep = 16,        ///< before_step(c): the gradients are what the optimizer will take
  AfterStep = 32,         ///< after_step(c): the gradients are gone
  BeforeEvaluation = 64,  ///< const Tensors& before_evaluation(const Tensors& own) const: what is tested and saved
  AfterLastStep = 128,    ///< after_last_step(c): an epoch is through, and not tested yet (Trainer::finish_window)
  OnEpoch = 256           ///< Training on_epoch(const EpochResult&, c): all are told, whoever stops
};
constexpr Moments operator|(Moments a, Moments b) {
  return static_cast<Moments>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Of those that act on gradients: which comes first, whatever the recipe's order. Said with OnGradients:
/// `static constexpr Order order = Order::Add;`. Several of Add or Read commute; of the others a recipe has one.
enum class Order : std::uint8_t { Scale, Reduce, Add, Limit, Read };

/// What planners ask: `static constexpr Effects effects{.writes_weights = true, .weight_copies = 1};`. Unsaid: none.
struct Effects {
  bool writes_weights = false;  ///< in after_step: it comes before those that only read them
  int weight_copies = 0;        ///< of all that train, beside the weights: counted by memory<R>
  int gradient_copies = 0;      ///< of all gradients, while an optimizer step is prepared
};

/// What a behaviour answers after an epoch.
enum class Training : bool { Stop, Continue };

/// `using keeps = Nothing;`: a behaviour has members, and a training that goes on elsewhere does without them.
struct Nothing {};

/// What a policy does in a training of R. One that does it by its own members needs no specialisation; state that lasts
/// from step to step is in members, and `void state(Archive& a)` hands each of them over: `a("average", average_)`.
template <class P, class R>
struct Behaviour : P {};

namespace detail {
struct OfFinal {};  // nothing can be derived from it: refused
}  // namespace detail
template <class P, class R>
requires std::is_final_v<P>
struct Behaviour<P, R> : detail::OfFinal {
};

namespace detail {

template <class P>
concept SaysMoments = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::acts)>, Moments>;
  typename std::bool_constant<(P::acts == NoMoments)>;
};
template <class P>
concept SaysOrder = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::order)>, Order>;
  typename std::bool_constant<(P::order == Order::Read)>;
};
template <class P>
concept SaysEffects = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::effects)>, Effects>;
  typename std::bool_constant<P::effects.writes_weights>;
};

template <class P>
inline constexpr Moments moments = NoMoments;
template <SaysMoments P>
inline constexpr Moments moments<P> = P::acts;
template <class P>
constexpr bool acts_at(Moments m) {
  return (static_cast<unsigned>(moments<P>) & static_cast<unsigned>(m)) != 0;
}
template <class P>
inline constexpr Order order_of = Order::Read;
template <SaysOrder P>
inline constexpr Order order_of<P> = P::order;
template <class P>
inline constexpr Effects effects_of{};
template <SaysEffects P>
inline constexpr Effects effects_of<P> = P::effects;

/// Of the policies of a recipe together.
struct RecipeEffects {
  bool changes_inputs = false;    ///< no features are kept
  bool averages_weights = false;  ///< tests and files may use weights of all phases so far, not only of this one
  int weight_copies = 0, gradient_copies = 0;
};
template <class... Ps>
constexpr RecipeEffects join_effects(List<Ps...>) {
  RecipeEffects all;
  [[maybe_unused]] const auto add = [&](Moments m, const Effects& e) {
    if (m == NoMoments) return;
    all.changes_inputs = all.changes_inputs || (m & OnBatch) != 0;
    all.averages_weights = all.averages_weights || (m & BeforeEvaluation) != 0;
    all.weight_copies += e.weight_copies;
    all.gradient_copies += e.gradient_copies;
  };
  (add(moments<Ps>, effects_of<Ps>), ...);
  return all;
}

template <class P>
struct Acts {
  static constexpr bool value = moments<P> != NoMoments;
};

}  // namespace detail

/// What the policies of a recipe do together to what planners ask for.
template <class R>
inline constexpr detail::RecipeEffects recipe_effects = detail::join_effects(typename R::common{});

}  // namespace tuneit
