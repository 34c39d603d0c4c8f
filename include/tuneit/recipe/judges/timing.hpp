#pragma once
// Do phases and schedules fit together, and into the training?
#include "tuneit/recipe/judges/words.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

// --- a phase
template <class T>
inline constexpr bool is_phase = false;
template <class L, class... Items>
inline constexpr bool is_phase<Phase<L, Items...>> = true;

/// One that acts in steps alone: no average, no end of the training, no window of batches, no network of its own.
template <class Item>
inline constexpr bool may_act_in_phase =
    acts_in_phase<Item> && !gathers_batches<Item> && !effects_of<Item>.memory && !ActsBySlot<Item> &&
    (moments<Item> & (OnDrop | AfterLastStep | BeforeEvaluation | OnEpoch)) == 0;

// What may differ in a phase: edits of the plan (all but where tensors start), a schedule, a warm-up, the optimizer and
// its options, the loss, batches and pictures, who acts in a step.
template <class Item>
constexpr bool may_be_in_phase() {
  if constexpr (IsOptimizerOption<Item>)
    return true;
  else if constexpr (rewrites<Item>)
    return false;
  else if constexpr (!is_word<Item, void>)
    return true;  // judged as what it is: no policy, or one with something amiss
  else if constexpr (requires { typename Item::slot; })
    return (std::is_same_v<typename Item::slot, slots::Schedule> && !watches_loss<Item>) ||
           std::is_same_v<typename Item::slot, slots::Warmup> ||
           std::is_same_v<typename Item::slot, slots::TrainOnly> || std::is_same_v<typename Item::slot, slots::Loss> ||
           std::is_same_v<typename Item::slot, slots::BatchSize> || std::is_same_v<typename Item::slot, slots::Side> ||
           std::is_same_v<typename Item::slot, slots::Augment> ||
           std::is_same_v<typename Item::slot, slots::Optimizer> || is_group<Item> || may_act_in_phase<Item>;
  else
    return (Item::stage != Stage::None && Item::stage != Stage::Origin) || may_act_in_phase<Item>;
}
template <class Item>
struct JudgeItemKind : JudgePolicyness<Item> {};
template <IsOptimizerOption Item>
struct JudgeItemKind<Item> : JudgeRanges<Item> {};
template <class P>
struct JudgePhase {
  using type = NotAPhase<P>;
};
template <class L, class... Items>
struct JudgePhase<Phase<L, Items...>>
    : judge_all<Demand<is_epochs<L> || is_span<L>, NotADuration<Phase<L, Items...>, L>>,
                Demand<(count_of<L>() >= 1), OutOfRange<L>>, JudgeItemKind<Items>...,
                Demand<may_be_in_phase<Items>(), NotInAPhase<Phase<L, Items...>, Items>>...,
                JudgeOptionList<Items...>> {};

// --- phases one after the other. A phase given by its length begins where the one before it ends.
template <class L>
constexpr int first_epoch(int otherwise) {
  if constexpr (is_span<L>) return L::first;
  return otherwise;
}
struct Beginning {
  using items = void;
};
// Twice the same is one longer phase, unless each has a schedule that begins anew.
template <class Before, class P>
constexpr bool repeats() {
  return std::is_same_v<typename Before::items, typename P::items> &&
         std::is_same_v<void, pick_from_t<slots::Schedule, void, typename P::items>> &&
         std::is_same_v<void, pick_from_t<slots::Warmup, void, typename P::items>>;
}
template <int At, class Before, class P>
struct JudgeMeeting : judge_all<Demand<!repeats<Before, P>(), PhaseRepeats<Before, P>>,
                                Demand<(first_epoch<typename P::length>(At) <= At), PhasesLeaveGap<Before, P>>,
                                Demand<(first_epoch<typename P::length>(At) >= At), PhasesOverlap<Before, P>>> {};
template <int At, class Before, class P, class... Rest>
struct JudgeSequenceFrom
    : judge_all<JudgeMeeting<At, Before, P>, JudgeSequenceFrom<At + P::length::count, P, Rest...>> {};
template <int At, class Before, class P>
struct JudgeSequenceFrom<At, Before, P> : JudgeMeeting<At, Before, P> {};

template <class L>
struct JudgePhaseList {
  using type = Accepted;
};
template <class... Ps>
struct JudgePhaseList<Phases<Ps...>> : judge_all<JudgePhase<Ps>..., JudgeSequenceFrom<0, Beginning, Ps...>> {};
template <>
struct JudgePhaseList<Phases<>> {
  using type = NothingInside<Phases<>>;
};

// --- against Epochs<N>, if it is there
struct NoEpochs {
  static constexpr int count = 0;
};
// Gradual unfreezing wants so many epochs for each of its phases but the last, which has the rest.
template <class Parts, int Said>
constexpr auto length_reason() {
  using P = pick_from_t<slots::Phases, void, typename Parts::policies>;
  constexpr int phases = static_cast<int>(Parts::phase_count);
  if constexpr (requires { P::each::count; })
    return Type<TooFewEpochs<P, phases, Said, (phases - 1) * P::each::count + 1>>{};
  else
    return Type<PhasesDisagree<Said, Parts::epochs>>{};
}
template <class Parts, int Said,
          bool Fits = Said == 0 || std::is_void_v<typename Parts::phased> || Said == Parts::epochs>
struct JudgeLength {
  using type = Accepted;
};
template <class Parts, int Said>
struct JudgeLength<Parts, Said, false> : decltype(length_reason<Parts, Said>()) {};

// --- schedules within a time of `Epochs` epochs. What is counted in steps is judged when training starts.
template <class S, int N>
concept NeverActs = requires {
  requires has_ability<S, KnowsNeverActs>;
  requires S::template never_acts<N>;
};
template <class S, int N>
concept LongerThanRun = requires {
  requires has_ability<S, KnowsTooLong>;
  requires S::template too_long<N>;
};
// `Said`: does the recipe say how long it is? Against the default length nobody meant to compare a staircase.
template <class S, int N, bool Said = true>
struct JudgeScheduleIn : judge_all<Demand<!(Said && NeverActs<S, N>), ScheduleNeverActs<S, N>>,
                                   Demand<!LongerThanRun<S, N>, ScheduleTooLong<S, N>>> {};
// A warm-up ends at the full rate; the schedule after it begins there.
template <class W, class S, int N>
constexpr bool meets_warmup() {
  if constexpr (Schedule<S> && !std::is_same_v<W, NoWarmup> && !may_jump<S>)
    return meet(begins_at<S>(W::in_steps(number_values<W>.data(), many_steps), N * many_steps), 1);
  return true;
}
template <class W, class S, int N>
struct JudgeAfterWarmup : Demand<meets_warmup<W, S, N>(), ScheduleJumps<W, S>> {};
template <class Phase>
struct JudgePhaseTime {
  using type = Accepted;
};
template <class L, class... Items>
struct JudgePhaseTime<Phase<L, Items...>>
    : judge_all<JudgeScheduleIn<Items, L::count>...,
                JudgeAfterWarmup<pick_t<slots::Warmup, NoWarmup, Items...>, pick_t<slots::Schedule, Constant, Items...>,
                                 L::count>> {};
template <class Phases>
struct JudgePhaseTimes {
  using type = Accepted;
};
template <class... Ps>
struct JudgePhaseTimes<Phases<Ps...>> : judge_all<JudgePhaseTime<Ps>...> {};

template <class Parts, bool Said>
struct JudgeTimes : judge_all<JudgeScheduleIn<typename Parts::schedule, Parts::epochs, Said>,
                              JudgeScheduleIn<typename Parts::warmup, Parts::epochs>,
                              JudgeAfterWarmup<typename Parts::warmup, typename Parts::schedule, Parts::epochs>,
                              JudgePhaseTimes<typename Parts::phases>> {};

}  // namespace tuneit::detail
