#pragma once
// When does a policy act in a training, and what follows from it for everybody who plans? The policy says it, without
// LibTorch; what it does is in Behaviour<Policy, Recipe>, in the engine or in the policy itself.
#include <concepts>
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
  OnStart = 1,   ///< on_start(c): before the first pass of a training; weights are loaded by then
  OnBatch = 2,   ///< on_batch(StepBatch&, c): may change what flows in and its targets; no features are kept then
  OnInputs = 4,  ///< on_inputs(const StepBatch&, c): sees what flows in, changed by all who do; no features are
                 ///< kept then
  AroundGradients = 8,  ///< around_gradients(c, run): run() computes the gradients anew, once or more
  OnOutputs = 16,       ///< on_outputs(StepOutputs&, c): between the forward pass and the backward pass: may change the
                        ///< loss and its gradient by the outputs; in the order that `Order` says
  AfterBackward = 32,   ///< after_backward(c): the gradients of one batch are there
  OnGradients = 64,     ///< on_gradients(c): those of a step: may change them; in the order that `Order` says
  OnRate = 128,         ///< double on_rate(double rate, c) const: the rate of a step, from that of the schedule
  BeforeStep = 256,     ///< before_step(c): the gradients are what the optimizer will take
  AfterStep = 512,      ///< after_step(c): the gradients are gone
  OnDrop = 1024,        ///< on_drop(c): the batches of a step that was not taken are forgotten; throws nothing
  AfterLastStep = 2048,     ///< after_last_step(c): an epoch is through, and not tested yet (Trainer::finish_window)
  BeforeEvaluation = 4096,  ///< const Tensors& before_evaluation(const Tensors& own) const: what is tested and saved
  OnEpoch = 8192,           ///< Training on_epoch(const EpochResult&, c): all are told, whoever stops
  OnBlockGradients = 16384  ///< on_block_gradients(std::size_t block, c): within a backward pass, those of a block are
                            ///< there, after all behind it
};
constexpr Moments operator|(Moments a, Moments b) {
  return static_cast<Moments>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Of those that act on gradients: which comes first, whatever the recipe's order. Said with OnGradients or OnOutputs:
/// `static constexpr Order order = Order::Add;`. Several of Add or Read commute; of the others a recipe has one.
/// Collect: several batches become one, and several losses. Scale: next to the backward pass, so it is the last one on
/// outputs; what it finds on gradients (`c.overflow`) is seen by those behind it.
enum class Order : std::uint8_t { Collect, Scale, Reduce, Add, Limit, Read };

// Where two policies write the same at a moment that has no order, one of them says that it is called later,
// `using after = List<Other>;` (acting_order.hpp).

/// What planners ask: `static constexpr Effects effects{.writes_weights = true, .weight_copies = 1};`. Unsaid: none.
struct Effects {
  bool writes_weights = false;  ///< in a step; in after_step it comes before those that only read them
  int weight_copies = 0;        ///< of all that train, beside the weights: counted by memory<R>
  int gradient_copies = 0;      ///< of all gradients, while an optimizer step is prepared
  bool skips_steps = false;     ///< it may say c.hold(): no update in this step
  bool by_group = false;        ///< on gradients of a group's rows, or of those that no group has: they do not meet
  bool flat_gradients = false;  ///< gradients lie in one buffer, c.flat_gradients(), for the whole training
  bool replays = false;  ///< its moments in a step call the same operators each time, on the same tensors and with the
                         ///< same numbers, but for those of the step; so a device may replay them, and they are not
                         ///< called then: what they change on the host is changed by its member `replayed(c)`
  bool memory = false;   ///< it says `static constexpr PolicyMemory memory(const Settings&)` (a template)
  int batches_at_once = 1;  ///< on_batch makes a batch of so many times the size, in which each sample comes so often
};

/// Bytes that a policy needs beside the network: `kept` all the time, `peak` at the most before the forward pass, with
/// the batch.
struct PolicyMemory {
  std::int64_t kept = 0, peak = 0;
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

/// What the policies of one of our slots do, where they do not say it themselves: when, in which order, with what
/// effects. A slot in which somebody acts specialises it beside its policies.
template <class P, class Slot>
struct ActsInSlot {
  static constexpr Moments acts = NoMoments;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{};
};
template <class P>
concept InSomeSlot = requires {
  typename P::slot;
};
template <class P, class Slot>
concept StandsIn = InSomeSlot<P> && std::is_same_v<typename P::slot, Slot>;
template <class P>
inline constexpr Moments moments = NoMoments;
template <InSomeSlot P>
inline constexpr Moments moments<P> = ActsInSlot<P, typename P::slot>::acts;
template <SaysMoments P>
inline constexpr Moments moments<P> = P::acts;
template <class P>
requires(InSomeSlot<P>&& SaysMoments<P>) inline constexpr Moments moments<P> = P::acts;
template <class P>
concept ActsBySlot = InSomeSlot<P> && !SaysMoments<P> && moments<P> != NoMoments;

template <class P>
constexpr bool acts_at(Moments m) {
  return (static_cast<unsigned>(moments<P>) & static_cast<unsigned>(m)) != 0;
}
template <class P>
inline constexpr Order order_of = Order::Read;
template <SaysOrder P>
inline constexpr Order order_of<P> = P::order;
template <class P>
requires(ActsBySlot<P> && !SaysOrder<P>) inline constexpr Order order_of<P> = ActsInSlot<P, typename P::slot>::order;
template <class P>
inline constexpr Effects effects_of{};
template <SaysEffects P>
inline constexpr Effects effects_of<P> = P::effects;
template <class P>
requires(ActsBySlot<P> &&
         !SaysEffects<P>) inline constexpr Effects effects_of<P> = ActsInSlot<P, typename P::slot>::effects;

/// Does P say of how many batches a step is made? `static constexpr long long batches_per_step(const double* numbers)`;
/// several of a recipe are multiplied.
template <class P>
concept SaysBatches = requires(const double* n) {
  { P::batches_per_step(n) } -> std::same_as<long long>;
};
template <class P>
inline constexpr bool gathers_batches = SaysBatches<P>;
template <ActsBySlot P>
inline constexpr bool gathers_batches<P> = SaysBatches<P> || SaysBatches<ActsInSlot<P, typename P::slot>>;
template <class P>
constexpr long long batches_of(const double* n) {
  if constexpr (SaysBatches<P>)
    return P::batches_per_step(n);
  else
    return ActsInSlot<P, typename P::slot>::batches_per_step(n);
}

/// Of the policies of a recipe together.
struct RecipeEffects {
  bool changes_inputs = false;    ///< batches are not what the data gives
  bool sees_inputs = false;       ///< somebody changes batches or looks at them: no features are kept
  bool averages_weights = false;  ///< tests and files may use weights of all phases so far, not only of this one
  bool skips_steps = false;       ///< somebody may say c.hold()
  bool gathers_batches = false;   ///< a step is made of several
  bool flat_gradients = false;    ///< gradients lie in one buffer
  bool writes_weights = false;    ///< somebody besides the optimizer moves weights in a step
  bool sees_gradients = false;    ///< somebody is called between the way back and the optimizer
  bool replays = true;            ///< of all that act in a step
  int weight_copies = 0, gradient_copies = 0;
  int batches_at_once = 1;
};
/// Moments that call operators in a step, behind the change of its batch.
inline constexpr unsigned in_a_step =
    OnInputs | AroundGradients | OnOutputs | AfterBackward | OnGradients | OnBlockGradients | BeforeStep | AfterStep;
/// Moments between the way back and the optimizer: gradients are seen at them.
inline constexpr unsigned between =
    OnBlockGradients | AroundGradients | AfterBackward | OnGradients | OnRate | BeforeStep;
template <class... Ps>
constexpr RecipeEffects join_effects(List<Ps...>) {
  RecipeEffects all;
  [[maybe_unused]] const auto add = [&](Moments m, const Effects& e, bool gathers) {
    if (m == NoMoments) return;
    all.gathers_batches = all.gathers_batches || gathers;
    all.changes_inputs = all.changes_inputs || (m & OnBatch) != 0;
    all.sees_inputs = all.sees_inputs || (m & (OnBatch | OnInputs)) != 0;
    all.averages_weights = all.averages_weights || (m & BeforeEvaluation) != 0;
    all.skips_steps = all.skips_steps || e.skips_steps;
    all.replays = all.replays && ((m & in_a_step) == 0 || e.replays);
    all.flat_gradients = all.flat_gradients || e.flat_gradients;
    all.writes_weights = all.writes_weights || e.writes_weights || (m & AroundGradients) != 0;
    all.sees_gradients = all.sees_gradients || gathers || (m & between) != 0;
    all.weight_copies += e.weight_copies;
    all.gradient_copies += e.gradient_copies;
    all.batches_at_once *= e.batches_at_once;
  };
  (add(moments<Ps>, effects_of<Ps>, gathers_batches<Ps>), ...);
#ifdef TUNEIT_RANKS
  all.flat_gradients = true;  // summed up over processes (engine/ranks/)
#endif
  return all;
}

template <class P>
struct Acts {
  static constexpr bool value = moments<P> != NoMoments;
};

}  // namespace detail

namespace detail {

template <class P, class R>
struct SlotBehaviour;  // of a policy that acts because of its slot
struct OfFinal {};     // nothing can be derived from it: refused

}  // namespace detail

template <detail::ActsBySlot P, class R>
struct Behaviour<P, R> : detail::SlotBehaviour<P, R> {};
template <class P, class R>
requires(std::is_final_v<P> && !detail::ActsBySlot<P>) struct Behaviour<P, R> : detail::OfFinal {
};

}  // namespace tuneit
