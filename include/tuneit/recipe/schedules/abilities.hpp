#pragma once
// What can a schedule do beside giving a factor? It announces it; what it announces and what it has must agree, so that
// a misspelt member is an error and not silence.
#include <concepts>
#include <limits>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

struct ScheduleTime;

/// Said by a schedule: `static constexpr Abilities has = MovesMomentum | MayJump;`. Unsaid: none.
enum Abilities : unsigned {
  NoAbilities = 0,
  MovesMomentum = 1,   ///< static constexpr double momentum(const ScheduleTime&, const double* n): in place of the
                       ///< optimizer's (of Adam: beta1); negative: the optimizer's
  WatchesLoss = 2,     ///< its factor depends on the test loss: static PlateauState start(const double* n)
  MayJump = 4,         ///< it may begin elsewhere than the one before it ended; no member
  KnowsNeverActs = 8,  ///< template <int N> static constexpr bool never_acts: within N epochs, as far as that is known
  KnowsTooLong = 16    ///< template <int N> static constexpr bool too_long: the same
};
constexpr Abilities operator|(Abilities a, Abilities b) {
  return static_cast<Abilities>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

namespace detail {

template <class S>
concept SaysAbilities = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(S::has)>, Abilities>;
  typename std::bool_constant<(S::has == NoAbilities)>;
};
template <class S>
inline constexpr Abilities abilities = NoAbilities;
template <SaysAbilities S>
inline constexpr Abilities abilities<S> = S::has;
template <class S, Abilities A>
inline constexpr bool has_ability = (static_cast<unsigned>(abilities<S>) & static_cast<unsigned>(A)) != 0;

/// A where `Holds`: for schedules around others, which can what those can.
constexpr Abilities ability_if(bool holds, Abilities a) { return holds ? a : NoAbilities; }

template <class S>
inline constexpr bool moves_momentum = has_ability<S, MovesMomentum>;
template <class S>
inline constexpr bool watches_loss = has_ability<S, WatchesLoss>;
template <class S>
inline constexpr bool may_jump = has_ability<S, MayJump>;

// What S says about itself within N epochs; false where it says nothing.
template <class S, int N>
constexpr bool never_acts_in() {
  if constexpr (has_ability<S, KnowsNeverActs>) return S::template never_acts<N>;
  return false;
}
template <class S, int N>
constexpr bool too_long_in() {
  if constexpr (has_ability<S, KnowsTooLong>) return S::template too_long<N>;
  return false;
}

template <class S>
concept CanMoveMomentum = requires(const ScheduleTime& m, const double* n) {
  { S::momentum(m, n) } -> std::convertible_to<double>;
};
template <class S>
concept CanStart = requires(const double* n) {
  S::start(n).factor;
  S::start(n).observe(1.0);
};
// The first halves: g++ 12 does not take `S::template x<2>` for an unmet requirement where x is no template.
template <class S>
concept CanTellNeverActs = !requires {
  &S::never_acts;
}
&&requires { typename std::bool_constant<S::template never_acts<2>>; };
template <class S>
concept CanTellTooLong = !requires {
  &S::too_long;
}
&&requires { typename std::bool_constant<S::template too_long<2>>; };
template <class S>
concept NamesNeverActs = requires {
  &S::never_acts;
}
|| requires { S::template never_acts<2>; };
template <class S>
concept NamesTooLong = requires {
  &S::too_long;
}
|| requires { S::template too_long<2>; };

// Does S have the member? Where it announces nothing at all, a member of that name is enough, whatever it takes; else
// one that can be used: a wrapper's momentum may hang on what it wraps (g++ 12 takes the address of a member whose
// constraint does not hold).
template <class S>
struct FoundInSchedule {
  static constexpr bool has = requires { S::has; }
  || requires { typename S::has; };
  static constexpr bool momentum = CanMoveMomentum<S> || (!has && requires { &S::momentum; });
  static constexpr bool start = CanStart<S> || requires { S::watches; }
  || (!has && requires { &S::start; });
  static constexpr bool jumps = requires { S::jumps; };
};

// The first disagreement between what S announces and what it has.
template <class S>
constexpr auto judge_abilities() {
  using Found = FoundInSchedule<S>;
  if constexpr (Found::has && !SaysAbilities<S>)
    return Type<LacksItsMember<S, Member::has>>{};
  else if constexpr (moves_momentum<S> && !CanMoveMomentum<S>)
    return Type<LacksItsMember<S, MovesMomentum>>{};
  else if constexpr (watches_loss<S> && !CanStart<S>)
    return Type<LacksItsMember<S, WatchesLoss>>{};
  else if constexpr (has_ability<S, KnowsNeverActs> && !CanTellNeverActs<S>)
    return Type<LacksItsMember<S, KnowsNeverActs>>{};
  else if constexpr (has_ability<S, KnowsTooLong> && !CanTellTooLong<S>)
    return Type<LacksItsMember<S, KnowsTooLong>>{};
  else if constexpr (Found::momentum && !moves_momentum<S>)
    return Type<ActsUnannounced<S, MovesMomentum>>{};
  else if constexpr (Found::start && !watches_loss<S>)
    return Type<ActsUnannounced<S, WatchesLoss>>{};
  else if constexpr (Found::jumps && !may_jump<S>)
    return Type<ActsUnannounced<S, MayJump>>{};
  else if constexpr (NamesNeverActs<S> && !has_ability<S, KnowsNeverActs>)
    return Type<ActsUnannounced<S, KnowsNeverActs>>{};
  else if constexpr (NamesTooLong<S> && !has_ability<S, KnowsTooLong>)
    return Type<ActsUnannounced<S, KnowsTooLong>>{};
  else
    return Type<Accepted>{};
}
template <class S>
struct JudgeAbilities : decltype(judge_abilities<S>()) {};

}  // namespace detail
}  // namespace tuneit
