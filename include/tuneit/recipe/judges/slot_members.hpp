#pragma once
// What is asked of a policy in one of our slots? One of somebody's own that lacks some of it is told what, before
// anybody asks.
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class P>
concept SaysNumbers = requires {
  P::numbers;
};
template <class P>
concept SaysCount = requires {
  P::count + 0;
};
template <class P>
concept SaysKind = requires {
  P::kind;
};
template <class P>
concept SaysAlgorithm = requires {
  P::algorithm;
};
template <class P>
concept SaysOptimizerNumbers = requires {
  P::values.lr;
};
template <class P>
concept SaysLossNumbers = requires {
  P::loss.soft;
};
template <class P>
concept SaysSmoothing = requires {
  P::label_smoothing;
};
template <class P>
concept SaysReduction = requires {
  typename P::reduction;
};
template <class P>
concept SaysClassWeights = requires {
  P::class_weights::values.size();
};
// M is void of what stands in a phase, where there is no head and no further phases.
template <class P, class M>
concept AdaptsModel = std::is_void_v<M> || requires {
  typename P::template adapted<M>;
};
template <class P, class M>
concept MakesPhases = std::is_void_v<M> || requires {
  typename P::template phases_for<M, 0>;
};
template <class P>
concept SaysPhases = requires {
  typename P::list;
};
template <class P>
concept SaysEpochs = requires {
  P::epochs + 0;
};
template <class P>
concept SaysClasses = requires {
  P::classes + 0;
};
template <class P>
concept SaysInitialiser = requires {
  typename P::initialiser;
};
template <class P>
concept SaysType = requires {
  typename P::type;
};
template <class P>
concept SaysAverages = requires {
  P::averages;
};
template <class P>
concept SaysWarmup = requires {
  typename P::warmup;
};
template <class P>
concept SaysPulls = requires {
  P::pulls;
};
template <class P>
concept SaysSelector = requires {
  typename P::selector;
};
template <class P>
concept SaysStops = requires {
  P::stops;
};
template <class P>
concept SaysSteps = requires {
  typename P::steps;
};
template <class P>
concept SaysRows = requires {
  P::to;
  P::from;
};
template <class P>
concept LastsSteps = requires(const double* n) {
  P::in_steps(n, 1LL);
};

struct AskedMembers {
  struct Member {
    bool there = true;
    const char* name = nullptr;
  };
  Member all[5]{};
};
/// The first that is not there; null: all are.
constexpr const char* first_lacking(const AskedMembers& asked) {
  for (const AskedMembers::Member& m : asked.all)
    if (!m.there) return m.name;
  return nullptr;
}

/// The first member of those in the slot that P lacks; null: none, or it is a slot of one's own.
template <class P, class M, class Slot>
inline constexpr const char* lacks_in = nullptr;
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Optimizer> = first_lacking({{{SaysAlgorithm<P>, "algorithm"},
                                                                                {SaysOptimizerNumbers<P>, "values"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Loss> = first_lacking({{{SaysKind<P>, "kind"},
                                                                           {SaysLossNumbers<P>, "loss"},
                                                                           {SaysSmoothing<P>, "label_smoothing"},
                                                                           {SaysReduction<P>, "reduction"},
                                                                           {SaysClassWeights<P>, "class_weights"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Head> =
    first_lacking({{{AdaptsModel<P, M>, "adapted"}, {SaysClasses<P>, "classes"}, {SaysInitialiser<P>, "initialiser"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Precision> = first_lacking({{{SaysType<P>, "type"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Accumulate> = first_lacking({{{SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Clip> = first_lacking({{{SaysKind<P>, "kind"},
                                                                           {SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Ema> =
    first_lacking({{{SaysAverages<P>, "averages"}, {SaysWarmup<P>, "warmup"}, {SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::EarlyStop> = first_lacking({{{SaysStops<P>, "stops"},
                                                                                {SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::BadSample> = first_lacking({{{SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::L2Sp> =
    first_lacking({{{SaysPulls<P>, "pulls"}, {SaysSelector<P>, "selector"}, {SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::ReuseRows> = first_lacking({{{SaysRows<P>, "to"},
                                                                                {SaysCount<P>, "count"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Mix> = first_lacking({{{SaysKind<P>, "kind"},
                                                                          {SaysNumbers<P>, "numbers"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Augment> = first_lacking({{{SaysSteps<P>, "steps"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::TestViews> = first_lacking({{{SaysKind<P>, "kind"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Epochs> = first_lacking({{{SaysCount<P>, "count"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::BatchSize> = first_lacking({{{SaysCount<P>, "count"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Views> = first_lacking({{{SaysCount<P>, "count"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Warmup> = first_lacking({{{LastsSteps<P>, "in_steps"}}});
template <class P, class M>
inline constexpr const char* lacks_in<P, M, slots::Phases> =
    MakesPhases<P, M> ? nullptr
                      : first_lacking({{{SaysPhases<P>, "list"}, {SaysCount<P>, "count"}, {SaysEpochs<P>, "epochs"}}});

template <class P, class Model>
inline constexpr const char* lacks_in_slot = nullptr;
template <class P, class Model>
requires requires { typename P::slot; }
inline constexpr const char* lacks_in_slot<P, Model> = lacks_in<P, Model, typename P::slot>;

template <class P, class Model>
struct JudgeSlotMembers {
  static constexpr const char* name = lacks_in_slot<P, Model>;
  using type = LacksInItsSlot<P, fixed_string<length_of(name) + 1>(name, length_of(name))>;
};

}  // namespace tuneit::detail
