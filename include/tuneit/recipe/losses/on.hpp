#pragma once
// Which output of a network is a loss or a metric of? It says so; one that says nothing is of the only one.
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

/// `CrossEntropy<On<"class">>`: of the output of this name. A loss or a metric of one's own says `using on =
/// On<"class">;`. `On<"class", TopK<5>>` is a metric of that output (recipe/metrics/metrics.hpp).
template <fixed_string Name, class... M>
struct On;
template <fixed_string Name>
struct On<Name> {
  static constexpr auto name = Name;
};

namespace detail {
template <class P>
concept NamesOutputs = requires {
  typename P::names;
};
}  // namespace detail

namespace slots {
struct Unused {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::NamesOutputs<P>, true, "names"}}};
};
}  // namespace slots

/// These outputs have no loss: `Unused<"aux">`. Parameters on which only they depend do not train, as parameters
/// without a gradient in PyTorch: no weight decay, no momentum; the plan has them frozen. Running statistics there
/// move.
template <fixed_string... Names>
struct Unused : PolicyTag {
  using slot = slots::Unused;
  using names = List<On<Names>...>;
};

namespace detail {

template <class T>
inline constexpr bool is_on = false;
template <fixed_string Name>
inline constexpr bool is_on<On<Name>> = true;
template <class T>
struct IsOn {
  static constexpr bool value = is_on<T>;
};

/// What it says, or void.
template <class T>
struct OnOf {
  using type = void;
};
template <class T>
requires is_on<typename T::on>
struct OnOf<T> {
  using type = typename T::on;
};
template <class T>
using on_of = typename OnOf<T>::type;

}  // namespace detail
}  // namespace tuneit
