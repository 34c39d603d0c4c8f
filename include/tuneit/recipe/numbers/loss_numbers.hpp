#pragma once
// The numbers of a recipe's loss as they are in a run, and which loss it is in a phase.
#include "tuneit/recipe/numbers/settings.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {
namespace detail {

/// Where a recipe's loss has its values, and its label smoothing.
template <class R>
struct ValuesOfLoss {
  static constexpr const double* begin(const Settings& s) {
    return s.values.data() + number_offset<typename R::parts, typename R::loss>;
  }
  static constexpr double smoothing(const Settings& s) { return s.label_smoothing; }
};
template <class R, std::size_t I>
requires says_loss<typename R::parts, I>
struct ValuesOfLoss<InPhase<R, I>> {
  using L = typename InPhase<R, I>::loss;
  static constexpr const double* begin(const Settings& s) {
    return s.values.data() + phase_item_offset<typename R::parts, I, L>;
  }
  static constexpr double smoothing(const Settings& s) {
    if constexpr (SmoothsLabels<L>) return s.values[phase_item_offset<typename R::parts, I, PhaseOnly<L>>];
    return 0;
  }
};

/// Calls f(Type<R>), R as it is in phase p as far as its loss goes: the recipe itself, where no phase has one of its
/// own.
template <class R, class F>
[[gnu::always_inline]] constexpr auto with_loss([[maybe_unused]] std::size_t p, const F& f) {
  if constexpr (!differs_in_phases<typename R::parts, slots::Loss>) {
    return f(Type<R>{});
  } else {
    decltype(f(Type<R>{})) result{};
    in_phase<R>(p, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if constexpr (says_loss<typename R::parts, I>)
        result = f(Type<InPhase<R, I>>{});
      else
        result = f(Type<R>{});
    });
    return result;
  }
}

}  // namespace detail

/// Those of R::loss under these settings; R: a recipe, or an InPhase. `tested`: as in evaluation, where labels are not
/// smoothed.
template <class R>
constexpr Numbers<typename R::loss> loss_numbers(const Settings& s, bool tested = false) {
  using L = typename R::loss;
  Numbers<L> n;
  if constexpr (number_count<L> != 0) n = Numbers<L>(detail::ValuesOfLoss<R>::begin(s));
  if constexpr (detail::SmoothsLabels<L>) n.smoothing = tested ? 0 : detail::ValuesOfLoss<R>::smoothing(s);
  return n;
}

}  // namespace tuneit
