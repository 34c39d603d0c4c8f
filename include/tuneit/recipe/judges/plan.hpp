#pragma once
// What the plans of a recipe must fulfil as a whole: something trains in each phase, nothing random stays frozen, no
// policy works in vain.
#include "tuneit/recipe/judges/edits.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/tied.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class Parts>
constexpr bool is_parameter(std::size_t row) {
  return !table<typename Parts::model>.rows[row].is_buffer();
}

inline constexpr int treats_apart = -1;

/// The first phase, counted from 1, in which nothing trains; 0: there is none; treats_apart: something is wrong with
/// tied tensors.
template <class Parts>
constexpr int idle_phase() {
  for (std::size_t p = 0; p < Parts::phase_count; ++p) {
    const PlanRow* rows = plans_of_parts<Parts>[p].rows;
    if (row_apart(table<typename Parts::model>.rows, rows, rows_of<Parts>) < rows_of<Parts>) return treats_apart;
    std::size_t i = rows_of<Parts>;  // from the end: the head trains mostly
    while (i > 0 && (rows[i - 1].frozen || !is_parameter<Parts>(i - 1))) --i;
    if (i == 0) return static_cast<int>(p) + 1;
  }
  return 0;
}
template <class Parts, int Phase = idle_phase<Parts>(), bool Phased = (Parts::phase_count > 1)>
struct JudgeIdle {
  using type = NothingTrainsInPhase<typename Parts::root, Phase>;
};
template <class Parts, int Phase>
struct JudgeIdle<Parts, Phase, false> {
  using type = NothingTrains<typename Parts::root>;
};
template <class Parts, bool Phased>
struct JudgeIdle<Parts, 0, Phased> {
  using type = Accepted;
};
template <class Parts>
struct JudgeIdle<Parts, 0, false> {
  using type = Accepted;
};
template <class Parts>
struct JudgeIdle<Parts, treats_apart, true> : JudgeTied<Parts> {};
template <class Parts>
struct JudgeIdle<Parts, treats_apart, false> : JudgeTied<Parts> {};

template <class Parts>
struct JudgeTraining : JudgeIdle<Parts> {};

/// Is the row frozen, though it starts from random numbers and has not trained by then? What a rule has added does
/// nothing yet: it may wait for a later phase.
template <class Parts>
constexpr bool stays_random(std::size_t row) {
  const bool added = table<typename Parts::model>.rows[row].base < 0;
  for (const auto& plan : plans_of_parts<Parts>) {
    if (!plan.rows[row].frozen) return false;
    if (!added && plan.rows[row].starts_from == Origin::Fresh) return is_parameter<Parts>(row);
  }
  return added && is_parameter<Parts>(row);
}
template <class Parts>
constexpr bool find_random() {
  for (const auto& plan : plans_of_parts<Parts>)
    for (std::size_t i = 0;; ++i) {
      while (i < rows_of<Parts> && plan.rows[i].starts_from == Origin::Pretrained) ++i;
      if (i == rows_of<Parts>) break;
      if (stays_random<Parts>(i)) return true;
    }
  return false;
}
/// Is there any?
template <class Parts>
inline constexpr bool any_random = find_random<Parts>();

// Which of the policies freezes such a row of the new head (bit 1), of what rules have added (4), or of the rest (2)?
template <class Parts>
constexpr int freezes_random(const Editing<rows_of<Parts>>& policy) {
  using Model = typename Parts::model;
  int found = 0;
  if (policy.edits == nullptr || !policy.edits->has(policy.edits->Frozen, Change::True)) return 0;
  for (std::size_t i = 0; i < rows_of<Parts>; ++i)
    if (policy.edits->freezes(i) && stays_random<Parts>(i)) {
      if (table<Model>.rows[i].base < 0)
        found |= 4;
      else if constexpr (requires { Model::is_fresh(i); })
        found |= Model::is_fresh(i) ? 1 : 2;
      else
        found |= 2;
    }
  return found;
}

// Does the policy scale alone, and only what is frozen in all phases from First to Last - 1?
template <class Parts>
constexpr bool scales_only_frozen(const Editing<rows_of<Parts>>& policy, std::size_t first, std::size_t last) {
  if (policy.edits == nullptr || !policy.edits->only_scales()) return false;
  for (std::size_t p = first; p < last; ++p)
    for (std::size_t i = 0; i < rows_of<Parts>; ++i)
      if (!plans_of_parts<Parts>[p].rows[i].frozen && policy.edits->scales(i) && is_parameter<Parts>(i)) return false;
  return true;
}
// Does the policy release alone, and nothing that one beside it has frozen by then?
template <std::size_t N, std::size_t Count>
constexpr bool unfreezes_nothing(const Editing<N>& policy, const Editing<N> (&beside)[Count]) {
  if (policy.edits == nullptr) return false;
  const Edits<N>& e = *policy.edits;
  if (e.stage == Stage::Statistics || e.seen[0] != 1u << static_cast<unsigned>(Change::False) ||
      (e.seen[2] | e.seen[3] | e.seen[4] | e.seen[5]) != 0)
    return false;
  for (const Editing<N>& other : beside)
    if (other.edits != nullptr && other.edits->stage < e.stage && other.edits->has(e.Frozen, Change::True))
      for (std::size_t i = 0; i < N; ++i)
        if (e.releases(i) && other.edits->freezes(i)) return false;
  return true;
}

// Of which policies does wrong_work have to know what they do? None, for nearly all recipes: a glance shows that they
// scale something that trains, or release nothing.
template <class Parts, std::size_t Count>
constexpr Needs work_needs(const Glance (&glances)[Count + 1], const Stage (&stage_of)[Count + 1], std::size_t begin,
                           std::size_t first, std::size_t last) {
  Needs needs = 0;
  for (std::size_t i = begin; i < Count; ++i) {
    const Glance& g = glances[i];
    if (stage_of[i] == Stage::None) continue;
    bool trains = false;
    for (std::size_t p = first; p < last && g.parameters && !trains; ++p)
      trains = !plans_of_parts<Parts>[p].rows[g.first].frozen || !plans_of_parts<Parts>[p].rows[g.last].frozen;
    if (any_random<Parts> || (g.scales ? !trains : !g.any)) needs |= need(i);
    if (g.scales || g.sets || stage_of[i] == Stage::Statistics) continue;
    needs |= need(i);
    for (std::size_t j = 0; j < Count; ++j)
      if (stage_of[j] < stage_of[i]) needs |= need(j);
  }
  return needs;
}

/// The first policy, from `begin` on, that freezes what stays random of the new head, of the rest; that scales only
/// what is frozen in the phases from First to Last - 1; that unfreezes nothing of what all others freeze. As many as
/// there are policies from there on: there is none.
struct WrongWork {
  std::size_t head = 0, rest = 0, added = 0, scales = 0, unfreezes = 0;
};
template <class Parts, std::size_t All>
constexpr WrongWork wrong_work(const Editing<rows_of<Parts>> (&all)[All], std::size_t begin, std::size_t first,
                               std::size_t last) {
  const std::size_t count = All - 1 - begin;
  WrongWork found{count, count, count, count, count};
  for (std::size_t i = count; i-- > 0;) {
    const auto& policy = all[begin + i];
    const int random = any_random<Parts> ? freezes_random<Parts>(policy) : 0;
    if ((random & 1) != 0) found.head = i;
    if ((random & 2) != 0) found.rest = i;
    if ((random & 4) != 0) found.added = i;
    if (scales_only_frozen<Parts>(policy, first, last)) found.scales = i;
    if (unfreezes_nothing(policy, all)) found.unfreezes = i;
  }
  return found;
}
template <class Model, class L, WrongWork W>
constexpr auto work_reason() {
  if constexpr (W.head < L::size)
    return Type<FreezesNewHead<Model, typename TypeAt<W.head, L>::type>>{};
  else if constexpr (W.added < L::size)
    return Type<FreezesAdapters<Model, typename TypeAt<W.added, L>::type>>{};
  else if constexpr (W.rest < L::size)
    return Type<FreezesRandomWeights<Model, typename TypeAt<W.rest, L>::type>>{};
  else if constexpr (W.scales < L::size)
    return Type<ScalesFrozen<Model, typename TypeAt<W.scales, L>::type>>{};
  else if constexpr (W.unfreezes < L::size)
    return Type<UnfreezesNothing<Model, typename TypeAt<W.unfreezes, L>::type>>{};
  else
    return Type<Accepted>{};
}
template <class Parts, Needs Needed, std::size_t Begin, std::size_t First, std::size_t Last, class L, class... All>
struct JudgeNeededWork
    : decltype(work_reason<typename Parts::root, L,
                           wrong_work<Parts>(
                               editings<typename Parts::model, Needed, std::index_sequence_for<All...>, All...>, Begin,
                               First, Last)>()) {};
template <class Parts, Needs Needed, std::size_t Begin, std::size_t First, std::size_t Last, class L, class... All>
requires(Needed == 0) struct JudgeNeededWork<Parts, Needed, Begin, First, Last, L, All...> {
  using type = Accepted;
};
template <class Parts, std::size_t Begin, std::size_t First, std::size_t Last, class... All>
constexpr Needs all_work_needs() {
  return work_needs<Parts, sizeof...(All)>({glance_at<All, typename Parts::model>..., {}}, {All::stage..., Stage::None},
                                           Begin, First, Last);
}

/// Is what the policies do worth while? `Common`: the policies of the recipe beside those of a phase.
template <class Parts, class Common, std::size_t First, std::size_t Last, class... Ps>
struct JudgeWork;
template <class Parts, class... Common, std::size_t First, std::size_t Last, class... Ps>
struct JudgeWork<Parts, List<Common...>, First, Last, Ps...>
    : JudgeNeededWork<Parts, all_work_needs<Parts, sizeof...(Common), First, Last, Common..., Ps...>(),
                      sizeof...(Common), First, Last, List<Ps...>, Common..., Ps...> {};
template <class Parts, class... Common, std::size_t First, std::size_t Last, class... Ps>
requires NoneEdits<Ps...>
struct JudgeWork<Parts, List<Common...>, First, Last, Ps...> {
  using type = Accepted;
};

// A policy that pulls what it selects back to where it started: does something of it start from random numbers?
template <class P, class Parts>
constexpr bool pulls_new_weights() {
  for (std::size_t i = 0; i < rows_of<Parts>; ++i)
    if (is_parameter<Parts>(i) && mask<typename Parts::model, typename P::selector>.at[i] &&
        plans_of_parts<Parts>[0].rows[i].starts_from == Origin::Fresh)
      return true;
  return false;
}
template <class P, class Parts>
struct JudgePull : Demand<!pulls_new_weights<P, Parts>(), PullsNewWeights<typename Parts::root, P>> {};

// A policy that is about some of the tensors of its selector: does one of them train in some phase?
template <class P, class Parts>
constexpr bool is_about_something() {
  using Model = typename Parts::model;
  for (std::size_t i = 0; i < rows_of<Parts>; ++i) {
    if (!is_parameter<Parts>(i) || table<Model>.rows[i].is_tied() || !mask<Model, typename P::selector>.at[i]) continue;
    for (const auto& plan : plans_of_parts<Parts>)
      if (!plan.rows[i].frozen && P::is_about(table<Model>.rows[i], plans_of_parts<Parts>[0].rows[i])) return true;
  }
  return false;
}
template <class P, class Parts>
struct JudgeAbout : Demand<is_about_something<P, Parts>(), ActsOnNothing<typename Parts::root, P>> {};

}  // namespace tuneit::detail
