#pragma once
// Where are the numbers of a recipe's policies at run time?
#include <cstddef>
#include <type_traits>

#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/run_settings.hpp"

namespace tuneit {

namespace detail {

template <class P, class... Ps>
constexpr bool holds(List<Ps...>) {
  return (std::is_same_v<P, Ps> || ...);
}
template <class P, class... Phases>
constexpr bool in_a_phase(List<Phases...>) {
  return (holds<P>(typename Phases::items{}) || ...);
}
template <class R, class P>
constexpr bool in_some_phase() {
  if constexpr (std::is_void_v<typename R::phased>)
    return false;
  else
    return in_a_phase<P>(typename R::phases::list{});
}

// Where policy P's numbers are in Settings::values. What has no number needs no place.
template <class R, class P, class Where>
struct PlaceOf {
  static constexpr bool here = number_count<P> == 0 || holds<P>(typename R::common{});
  using verdict = std::conditional_t<here, Accepted,
                                     std::conditional_t<in_some_phase<R, P>(), SaidInPhases<R, P>, NotInRecipe<R, P>>>;
  static constexpr std::size_t offset = here ? number_offset<typename R::parts, P> : 0;
};
// One of several losses, or its weight.
template <class R, class P>
concept AmongLosses = requires {
  requires offset_in_losses<P>(typename R::loss::weighted{})
  >= 0;
};
template <class R, class P>
requires AmongLosses<R, P>
struct PlaceOf<R, P, void> {
  using verdict = Accepted;
  static constexpr std::size_t offset = number_offset<typename R::parts, typename R::loss> +
                                        static_cast<std::size_t>(offset_in_losses<P>(typename R::loss::weighted{}));
};
template <class R, class P, std::size_t I>
requires(I >= R::phase_count) struct PlaceOf<R, P, In<I>> {
  using verdict = NotInRecipe<R, In<I>>;
  static constexpr std::size_t offset = 0;
};
template <class R, class P, std::size_t I>
inline constexpr int offset_in_phase_losses = [] {
  if constexpr (I < R::phase_count) {
    using L = loss_of_phase<typename R::parts, I>;
    if constexpr (says_loss<typename R::parts, I> && requires { typename L::weighted; })
      return offset_in_losses<P>(typename L::weighted{});
  }
  return -1;
}();
template <class R, class P, std::size_t I>
requires(offset_in_phase_losses<R, P, I> >= 0) struct PlaceOf<R, P, In<I>> {
  using verdict = Accepted;
  static constexpr std::size_t offset = phase_item_offset<typename R::parts, I, loss_of_phase<typename R::parts, I>> +
                                        static_cast<std::size_t>(offset_in_phase_losses<R, P, I>);
};
template <class R, class P, std::size_t I>
requires(I < R::phase_count && offset_in_phase_losses<R, P, I> < 0) struct PlaceOf<R, P, In<I>> {
  using phase = phase_t<typename R::parts, I>;
  static constexpr bool here = in_some_phase<R, P>() && holds<P>(typename phase::items{});
  using verdict = std::conditional_t<here, Accepted, NotInRecipe<phase, P>>;
  static constexpr std::size_t offset = here ? phase_item_offset<typename R::parts, I, P> : 0;
};

}  // namespace detail

/// The numbers of a recipe: every number of its policies that is not a member of Settings, in the order of
/// Settings::values. Names for people and command lines: numbers.hpp.
template <class R>
inline constexpr const auto& hyperparameters = detail::parts_numbers<typename R::parts>;

/// Have policy P's numbers a place in the settings of R? `Accepted`, or a reason. Where: void, if it holds in all
/// phases of R, or In<I>.
template <class R, class P, class Where = void>
using value_verdict = typename detail::PlaceOf<R, P, Where>::verdict;

/// The value of the I-th number of policy P, which holds in all phases of R: `value_of<R, LrScale<Head,
/// 10>>(settings)`. Of a loss among several: `value_of<R, Focal<>, 1>(settings)`, its weight `value_of<R,
/// Weighted<Focal<>, 0.5>>(settings)`.
template <class R, class P, std::size_t I = 0>
constexpr double& value_of(Settings& s) {
  static_assert(I < number_count<P>, "tuneit: the policy has no such number");
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}
template <class R, class P, std::size_t I = 0>
constexpr const double& value_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}

/// Of a policy that stands in a phase: `value_of<R, LrScale<Head, 10>, In<1>>(settings)`.
template <class R, class P, class Where, std::size_t I = 0>
constexpr double& value_of(Settings& s) {
  static_assert(I < number_count<P>, "tuneit: the policy has no such number");
  using Place = detail::PlaceOf<R, P, Where>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}
template <class R, class P, class Where, std::size_t I = 0>
constexpr const double& value_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, Where>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}

/// The values of all numbers of a policy that holds in all phases of R, in their order.
template <class R, class P>
constexpr const double* values_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values.data() + Place::offset;
}

}  // namespace tuneit
