#pragma once
// Does each phase do something that the one before it did not? A Freeze beside GradualUnfreeze, or beside phases that
// freeze less and less, may take away all that a phase has to release.
#include "tuneit/recipe/assemble/planning.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

/// Do two phases differ at most in what they do to tensors? Options of the optimizer, schedules and warm-ups make a
/// phase of their own, whatever it freezes.
template <class Item>
inline constexpr bool only_edits = false;
template <Policy Item>
requires(Item::stage != Stage::None) inline constexpr bool only_edits<Item> = true;
template <class... As, class... Bs>
constexpr bool only_edit(List<As...>, List<Bs...>) {
  return (only_edits<As> && ...) && (only_edits<Bs> && ...);
}
template <class Plan>
constexpr bool same_rows(const Plan& a, const Plan& b) {
  for (std::size_t i = 0; i < Plan::size; ++i)
    if (!(a.rows[i] == b.rows[i])) return false;
  return true;
}

/// The first phase, counted from 0, in which nothing differs from the one before; 0: there is none.
template <class Parts, std::size_t... I>
constexpr std::size_t still_phase(std::index_sequence<I...>) {
  std::size_t found = 0;
  [[maybe_unused]] const auto one = [&](std::size_t phase, bool edits) {
    if (found == 0 && edits && same_rows(plans_of_parts<Parts>[phase], plans_of_parts<Parts>[phase - 1])) found = phase;
  };
  (one(I + 1, only_edit(typename phase_t<Parts, I>::items{}, typename phase_t<Parts, I + 1>::items{})), ...);
  return found;
}

// --- who is to blame: the first policy of all phases without which the two would differ. Only for a refusal.
template <class Parts, std::size_t Phase, std::size_t Without, class... Ps>
constexpr auto plan_without(List<Ps...>) {
  using Model = typename Parts::model;
  auto plan = start_plan<Model, typename Parts::head>();
  for (const Stage stage : stages) {
    const double* n = default_values<Parts>.data();
    std::size_t i = 0;
    [[maybe_unused]] const auto one = [&]<class P>(Type<P>) {
      if (i++ != Without) apply_at<P, Model>(plan, stage, n);
      n += number_count<P>;
    };
    (one(Type<Ps>{}), ...);
    apply_all<Model>(plan, stage, default_values<Parts>.data() + phase_offset<Parts, Phase> + 1,
                     typename phase_t<Parts, Phase>::items{});
  }
  return plan;
}
template <class Parts, std::size_t Phase, class... Ps, std::size_t... J>
constexpr std::size_t culprit([[maybe_unused]] List<Ps...> all, std::index_sequence<J...>) {
  std::size_t found = sizeof...(Ps);
  [[maybe_unused]] const auto one = [&](std::size_t j, bool differs) {
    if (differs && found == sizeof...(Ps)) found = j;
  };
  (one(J, !same_rows(plan_without<Parts, Phase, J>(all), plan_without<Parts, Phase - 1, J>(all))), ...);
  return found;
}
template <class Parts, std::size_t Phase, class... Ps>
constexpr auto still_reason(List<Ps...> all) {
  constexpr std::size_t who = culprit<Parts, Phase>(all, std::index_sequence_for<Ps...>{});
  if constexpr (who < sizeof...(Ps))
    return Type<PhaseChangesNothing<typename TypeAt<who, List<Ps...>>::type, static_cast<int>(Phase) + 1>>{};
  else
    return Type<PhaseRepeats<phase_t<Parts, Phase - 1>, phase_t<Parts, Phase>>>{};
}

template <class Parts, std::size_t Phase>
struct JudgeStill : decltype(still_reason<Parts, Phase>(typename Parts::common{})) {};
template <class Parts>
struct JudgeStill<Parts, 0> {
  using type = Accepted;
};
/// A recipe of at least two phases.
template <class Parts>
struct JudgeStillPhases : JudgeStill<Parts, still_phase<Parts>(std::make_index_sequence<Parts::phase_count - 1>{})> {};

}  // namespace tuneit::detail
