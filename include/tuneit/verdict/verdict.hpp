#pragma once
// Errors as values: a judge answers `Accepted` or a reason, a type that carries its own sentence. The first reason of a
// recipe is reported once, at `Finetune`; anywhere else it is an ordinary type that a test can compare.
#include <type_traits>

namespace tuneit {

/// Nothing is wrong.
struct Accepted {
  static constexpr bool accepted = true;
};

/// Base of all reasons. A reason R adds `template <bool Ok = false> static consteval bool report()`, which holds one
/// static_assert with the sentence (or `if constexpr` chooses among some); the names in the sentence's place are R's
/// template arguments.
struct Reason {
  static constexpr bool accepted = false;
};

/// False for a reason that is being reported: a name for the compiler to print, with all of the reason's arguments.
/// `Details` are printed, too: what is known only then.
template <class R, bool Ok, class... Details>
inline constexpr bool mended = Ok;

/// A judge of one condition: Accepted if it holds, else the reason. Derive from it, so that the condition is computed
/// only when asked: `struct JudgeTraining : Demand<something_trains<Parts>(), NothingTrains<Model>> {}`.
template <bool Holds, class Otherwise>
struct Demand {
  using type = Accepted;
};
template <class Otherwise>
struct Demand<false, Otherwise> {
  using type = Otherwise;
};

namespace detail {

// The first verdict that is not Accepted; judges after it are not even instantiated.
template <class... Judges>
struct FirstReason {
  using type = Accepted;
};
template <class Judge, class... Rest>
struct FirstReason<Judge, Rest...> {
  template <class V, bool Accepted>
  struct Next {
    using type = V;
  };
  template <class V>
  struct Next<V, true> {
    using type = typename FirstReason<Rest...>::type;
  };
  using verdict = typename Judge::type;
  using type = typename Next<verdict, verdict::accepted>::type;
};

}  // namespace detail

/// A judge is a type whose member `type` is its verdict. This one asks several, in order, and stops at the first
/// reason.
template <class... Judges>
using judge_all = detail::FirstReason<Judges...>;

namespace detail {

/// Stops the compilation with the sentence of a refusal. True all the same: a static_assert around it makes no second
/// error.
template <class Verdict>
consteval bool reported() {
  if constexpr (!Verdict::accepted) static_cast<void>(Verdict::template report<>());
  return true;
}

}  // namespace detail
}  // namespace tuneit
