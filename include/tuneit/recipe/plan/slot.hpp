#pragma once
// What does a slot ask of the policy that fills it? Each slot says it, in the file of its policies: `template <class P,
// class Model> static constexpr SlotAsks asks = {{...}};`, a line for each member.
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"
#include "tuneit/verdict/wrong_number.hpp"

namespace tuneit {

/// A member that a slot asks for: has the policy one of this name, and is it of the type that is needed?
struct AskedMember {
  bool there = true, fits = true;
  const char* name = nullptr;
};
/// All of them, in the order in which a policy of one's own is told what it lacks.
struct SlotAsks {
  AskedMember members[6]{};

  /// The first that is not there; null: all are.
  [[nodiscard]] constexpr const char* lacks() const {
    for (const AskedMember& m : members)
      if (!m.there) return m.name;
    return nullptr;
  }
  [[nodiscard]] constexpr bool fit() const {
    for (const AskedMember& m : members)
      if (!m.fits) return false;
    return true;
  }
};

namespace detail {

template <class T, class X>
concept Is = std::is_same_v<std::remove_cvref_t<T>, X>;

template <class P>
concept SaysKind = requires {
  P::kind;
};
template <class P, class Kind>
concept HasKind = requires {
  { P::kind } -> Is<Kind>;
};
/// `P::kind`, of this type.
template <class P, class Kind>
inline constexpr AskedMember asked_kind{SaysKind<P>, HasKind<P, Kind>, "kind"};

template <class P>
concept SaysCount = requires {
  P::count + 0;
};
template <class P>
concept Counts = requires {
  { P::count } -> Is<int>;
  typename std::bool_constant<(P::count > 0)>;
};
/// `P::count`, a constant.
template <class P>
inline constexpr AskedMember asked_count{SaysCount<P>, Counts<P>, "count"};

template <class P>
concept SaysNumbers = requires {
  P::numbers;
};
/// So many numbers of a policy at least.
template <class P, std::size_t N>
inline constexpr AskedMember asked_numbers{SaysNumbers<P> || number_count<P> != 0, number_count<P> >= N, "numbers"};

/// Does P fill one of our slots, or one that asks as ours do? Model is void of what stands in a phase, where there is
/// no head.
template <class P, class Model = void>
concept FillsSlot = requires {
  P::slot::template asks<P, Model>.members;
};
template <class P, class Slot>
concept TakesSlot = requires {
  typename P::slot;
  requires std::is_same_v<typename P::slot, Slot>;
};

// Slots are compared by the addresses of their marks in a loop: a type for each pair of policies made a sixth of all
// template instantiations of a recipe with twelve.
template <class Slot>
inline constexpr char slot_mark = 0;
template <class P>
inline constexpr const char* slot_of = nullptr;
template <class P>
requires requires { typename P::slot; }
inline constexpr const char* slot_of<P> = &slot_mark<typename P::slot>;

template <class... Ps>
inline constexpr const char* slots_of[] = {slot_of<Ps>..., nullptr};
constexpr std::size_t find_slot(const char* const* slots, std::size_t count, const char* slot) {
  std::size_t i = 0;
  while (i < count && slots[i] != slot) ++i;
  return i;
}
/// Where the first policy of the slot stands; as many as there are policies: there is none.
template <class Slot, class... Ps>
inline constexpr std::size_t slot_at = find_slot(slots_of<Ps...>, sizeof...(Ps), &slot_mark<Slot>);

/// What its slot asks of P, and what P has of it; nothing is asked in a slot of one's own, which only says that there
/// can be one policy of it.
template <class P, class Model>
inline constexpr SlotAsks slot_asks{};
template <class P, class Model>
requires FillsSlot<P, Model>
inline constexpr SlotAsks slot_asks<P, Model> = P::slot::template asks<P, Model>;

/// The name of the first member that its slot asks for and P lacks.
template <class P, class Model, std::size_t Length = length_of(slot_asks<P, Model>.lacks())>
inline constexpr fixed_string<Length + 1> lacks_name{slot_asks<P, Model>.lacks(), Length};

}  // namespace detail
}  // namespace tuneit
