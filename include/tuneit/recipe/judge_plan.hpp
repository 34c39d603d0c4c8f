#pragma once
// What the plans of a recipe must fulfil as a whole: something trains in each phase, nothing random stays frozen, no
// policy works in vain.
#include "tuneit/recipe/planning.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class Parts>
inline constexpr std::size_t rows_of = table<typename Parts::model>.size;
template <class Parts>
constexpr bool is_parameter(std::size_t row) {
  return !table<typename Parts::model>.rows[row].is_buffer();
}

/// The first phase, counted from 1, in which nothing trains; 0: there is none.
template <class Parts>
constexpr int idle_phase() {
  for (std::size_t p = 0; p < Parts::phase_count; ++p) {
    bool trains = false;
    for (std::size_t i = 0; i < rows_of<Parts>; ++i)
      trains = trains || (is_parameter<Parts>(i) && !plans_of_parts<Parts>[p].rows[i].frozen);
    if (!trains) return static_cast<int>(p) + 1;
  }
  return 0;
}
template <class Parts, int Phase = idle_phase<Parts>()>
struct JudgeIdle {
  using type = NothingTrainsInPhase<typename Parts::origin, Phase>;
};
template <class Parts>
struct JudgeIdle<Parts, 0> {
  using type = Accepted;
};
template <class Parts>
struct JudgeTraining
    : std::conditional_t<Parts::phase_count == 1,
                         Demand<idle_phase<Parts>() == 0, NothingTrains<typename Parts::origin>>, JudgeIdle<Parts>> {};

/// Is the row frozen, though it starts from random numbers and has not trained by then?
template <class Parts>
constexpr bool stays_random(std::size_t row) {
  for (const auto& plan : plans_of_parts<Parts>) {
    if (!plan.rows[row].frozen) return false;
    if (plan.rows[row].origin == Origin::Fresh) return is_parameter<Parts>(row);
  }
  return false;
}
// Does the policy freeze such a row? Of the new head, or of the rest.
template <class P, class Parts, bool OfHead>
constexpr bool freezes_random() {
  using Model = typename Parts::model;
  if constexpr (requires { P::template selects<Model>(); }) {
    const auto& m = P::template selects<Model>();
    for (std::size_t i = 0; i < rows_of<Parts>; ++i) {
      bool head = false;
      if constexpr (requires { Model::is_fresh(i); }) head = Model::is_fresh(i);
      if (m.at[i] && head == OfHead && stays_random<Parts>(i)) return true;
    }
  }
  return false;
}
template <class P, class Parts>
struct JudgeNewHead : Demand<!freezes_random<P, Parts, true>(), FreezesNewHead<typename Parts::origin, P>> {};
template <class P, class Parts>
struct JudgeRandom : Demand<!freezes_random<P, Parts, false>(), FreezesRandomWeights<typename Parts::origin, P>> {};

/// Are the parameters in a mask frozen in all phases from First to Last - 1?
template <class Parts, class M>
constexpr bool all_frozen(const M& m, std::size_t first, std::size_t last) {
  for (std::size_t p = first; p < last; ++p)
    for (std::size_t i = 0; i < rows_of<Parts>; ++i)
      if (m.at[i] && is_parameter<Parts>(i) && !plans_of_parts<Parts>[p].rows[i].frozen) return false;
  return true;
}
template <class P, class Parts, std::size_t First, std::size_t Last>
constexpr bool scales_only_frozen() {
  if constexpr (requires { P::template scales<typename Parts::model>(); })
    return all_frozen<Parts>(P::template scales<typename Parts::model>(), First, Last);
  return false;
}
template <class P, class Parts, std::size_t First = 0, std::size_t Last = Parts::phase_count>
struct JudgeScale : Demand<!scales_only_frozen<P, Parts, First, Last>(), ScalesFrozen<typename Parts::origin, P>> {};

// Would anything be frozen without this Unfreeze? It is asked of the policies beside it.
template <class Model, class P>
constexpr void mark_frozen(Mask<table<Model>.size>& frozen) {
  if constexpr (requires { P::template selects<Model>(); })
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      frozen.at[i] = frozen.at[i] || P::template selects<Model>().at[i];
}
template <class P, class Model, class... Ps>
constexpr bool unfreezes_nothing(List<Ps...>) {
  if constexpr (requires { P::template releases<Model>(); }) {
    Mask<table<Model>.size> frozen{};
    (mark_frozen<Model, Ps>(frozen), ...);
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (frozen.at[i] && P::template releases<Model>().at[i]) return false;
    return true;
  }
  return false;
}
template <class P, class Parts, class Beside>
struct JudgeUnfreeze
    : Demand<!unfreezes_nothing<P, typename Parts::model>(Beside{}), UnfreezesNothing<typename Parts::origin, P>> {};

// Statistics frozen by one policy and taken of the batch by another.
template <class A, class B, class Model>
constexpr bool statistics_contradict() {
  if constexpr (requires {
                  A::template stills<Model>();
                  B::template stirs<Model>();
                })
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (table<Model>.rows[i].is_buffer() && A::template stills<Model>().at[i] && B::template stirs<Model>().at[i])
        return true;
  return false;
}
template <class A, class B, class Parts>
struct JudgeStatisticsPair : Demand<!statistics_contradict<A, B, typename Parts::model>() &&
                                        !statistics_contradict<B, A, typename Parts::model>(),
                                    StatisticsContradict<typename Parts::origin, A, B>> {};

// L2-SP of tensors that start from random numbers.
template <class Parts>
constexpr bool pulls_new_weights() {
  if constexpr (Parts::l2sp::pulls)
    for (std::size_t i = 0; i < rows_of<Parts>; ++i)
      if (is_parameter<Parts>(i) && mask<typename Parts::model, typename Parts::l2sp::selector>.at[i] &&
          plans_of_parts<Parts>[0].rows[i].origin == Origin::Fresh)
        return true;
  return false;
}
template <class Parts>
struct JudgePull : Demand<!pulls_new_weights<Parts>(), PullsNewWeights<typename Parts::origin, typename Parts::l2sp>> {
};

}  // namespace tuneit::detail
