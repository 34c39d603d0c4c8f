#pragma once
// What do the phases of a recipe have of their own, and where are their numbers?
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tuneit/recipe/assemble/slot_pick.hpp"
#include "tuneit/recipe/augment/augment.hpp"
#include "tuneit/recipe/optimizers/optimizer.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"
#include "tuneit/recipe/policies/batch_size.hpp"
#include "tuneit/recipe/policies/phases.hpp"
#include "tuneit/recipe/policies/side.hpp"

namespace tuneit {

namespace detail {

// The numbers of a recipe: those of its common policies, then those of its phases.
template <class... Common, class Phases>
constexpr auto numbers_of_parts(List<Common...>, Type<Phases>) {
  return join_numbers<Common..., Phases>();
}
template <class P>
inline constexpr auto parts_numbers = numbers_of_parts(typename P::common{}, Type<typename P::phased>{});

template <class... Ps>
constexpr std::size_t count_numbers(List<Ps...>) {
  return (std::size_t{0} + ... + number_count<Ps>);
}

/// Where the values of X, a policy that holds in all phases, begin.
template <class P, class X>
inline constexpr std::size_t number_offset = numbers_before<X>(typename P::common{});

template <std::size_t I, class... Ps>
constexpr std::size_t numbers_before_phase(List<Ps...>) {
  constexpr std::size_t counts[] = {number_count<Ps>..., 0};
  std::size_t sum = 0;
  for (std::size_t i = 0; i < I; ++i) sum += counts[i];
  return sum;
}

/// The I-th phase of a recipe, and where its values begin: the first is its length.
template <class P, std::size_t I>
using phase_t = typename TypeAt<I, typename P::phases::list>::type;
template <class P, std::size_t I>
inline constexpr std::size_t phase_offset =
    count_numbers(typename P::common{}) + numbers_before_phase<I>(typename P::phases::list{});

/// The policy of a slot in the I-th phase: the phase's own, else Common.
template <class P, std::size_t I, class Slot, class Common>
using in_phase_t = pick_from_t<Slot, Common, typename phase_t<P, I>::items>;
/// Does some phase have its own?
template <class P, class Slot>
inline constexpr bool differs_in_phases = []<std::size_t... I>(std::index_sequence<I...>) {
  return (!std::is_void_v<in_phase_t<P, I, Slot, void>> || ...);
}
(std::make_index_sequence<P::phase_count>{});
template <class P, class Slot>
requires std::is_void_v<typename P::phased>
inline constexpr bool differs_in_phases<P, Slot> = false;

/// Does a recipe say what fills the slot, for all phases alike?
template <class P, class Slot>
inline constexpr bool says_for_all =
    !std::is_void_v<pick_from_t<Slot, void, typename P::common>> && !differs_in_phases<P, Slot>;

/// Do phases want other batches, or other pictures?
template <class P>
inline constexpr bool data_differs =
    differs_in_phases<P, slots::BatchSize> || differs_in_phases<P, slots::Side> || differs_in_phases<P, slots::Augment>;

/// Where the values of X begin, an item of the I-th phase.
template <class P, std::size_t I, class X>
inline constexpr std::size_t phase_item_offset = phase_offset<P, I> + 1 +
                                                 numbers_before<X>(typename phase_t<P, I>::numbered{});

/// The optimizer of the I-th phase.
template <class P, std::size_t I>
using optimizer_in = in_phase_t<P, I, slots::Optimizer, typename P::optimizer>;

/// Has the I-th phase a loss of its own?
template <class P, std::size_t I>
inline constexpr bool says_loss = !std::is_void_v<in_phase_t<P, I, slots::Loss, void>>;
/// The loss of the I-th phase.
template <class P, std::size_t I>
using loss_of_phase = in_phase_t<P, I, slots::Loss, typename P::loss>;
/// What a recipe decides, with the loss of its I-th phase.
template <class P, std::size_t I>
struct PartsInPhase : P {
  using whole = P;
  using loss = loss_of_phase<P, I>;
};
template <class P, std::size_t I>
using parts_in_phase = std::conditional_t<says_loss<P, I>, PartsInPhase<P, I>, P>;

}  // namespace detail

}  // namespace tuneit
