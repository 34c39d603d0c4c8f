#pragma once
// The numbers of a group's optimizer (GroupOf) at a step.
#include "tuneit/recipe/assemble/groups.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit::detail {

/// Before the schedule: those of its own optimizer, or of the phase's, with the options that it says.
template <class P, std::size_t I, class Place>
struct NumbersOfGroup {
  static constexpr auto at(const Settings& s) {
    const double* const values = s.values.data();
    auto v = [&] {
      if constexpr (has_own_optimizer<Place>) {
        using Own = in_group_t<Place, slots::Optimizer>;
        return own_values<typename Own::formula>(values + group_item_offset<P, Place, PhaseOnly<Own>>,
                                                 values + group_item_offset<P, Place, Own>);
      } else {
        return numbers_of_phase<P, I>(s);
      }
    }();
    [&]<class... Items>(List<Items...>) {
      [[maybe_unused]] const auto set = [&]<class O>(Type<O>) {
        if constexpr (IsOptimizerOption<O>) say_option<O>(v, values + group_item_offset<P, Place, O>);
      };
      (set(Type<Items>{}), ...);
    }(typename Place::items{});
    with_rates(v);
    return v;
  }
};

/// Of a schedule or warm-up that a group says, or of what holds around it: (values, its place among them).
template <class P, class Place, class Slot, class Around, bool Whole>
struct TimeOfGroup {
  using own = in_group_t<Place, Slot>;
  using type = std::conditional_t<std::is_void_v<own>, Around, own>;
  static constexpr std::size_t offset() {
    if constexpr (!std::is_void_v<own>)
      return group_item_offset<P, Place, own>;
    else if constexpr (std::is_void_v<Around>)
      return 0;
    else if constexpr (Whole)
      return number_offset<P, Around>;
    else
      return phase_item_offset<P, static_cast<std::size_t>(Place::phase), Around>;
  }
};

/// At a step of the I-th phase, which is `at`. A group beside the phases with a schedule or warm-up of its own counts
/// in the whole training, one of a phase in that; the other one of the two is the recipe's, or the phase's.
template <class R, std::size_t I, class Place>
constexpr auto optimizer_in_group(const Settings& s, const PhaseAt& at, long long step, long long spe) {
  using P = typename R::parts;
  if constexpr (std::is_void_v<in_group_t<Place, slots::Warmup>> &&
                std::is_void_v<in_group_t<Place, slots::Schedule>>) {
    return optimizer_in_phase<R, I, Place>(s, at, step, spe);
  } else {
    constexpr bool whole = Place::phase < 0;
    using AroundWarmup = std::conditional_t<whole, typename P::warmup, in_phase_t<P, I, slots::Warmup, void>>;
    using AroundSchedule = std::conditional_t<whole, typename P::schedule, in_phase_t<P, I, slots::Schedule, void>>;
    using W = TimeOfGroup<P, Place, slots::Warmup, AroundWarmup, whole>;
    using S = TimeOfGroup<P, Place, slots::Schedule, AroundSchedule, whole>;
    auto v = numbers_of_phase<P, I, Place>(s);
    const double* const values = s.values.data();
    ScheduleTime m = whole ? ScheduleTime{step, spe, total_epochs<R>(s) * spe, 0}
                           : ScheduleTime{step - at.begin, spe, at.end - at.begin, 0};
    if constexpr (!std::is_void_v<typename W::type>) m.warmup = W::type::in_steps(values + W::offset(), spe);
    if (whole && std::is_void_v<typename W::own> && s.warmup_steps >= 0) m.warmup = s.warmup_steps;
    if (m.step < m.warmup)
      v.lr *= static_cast<double>(m.step) / static_cast<double>(m.warmup);
    else if constexpr (!std::is_void_v<typename S::type>)
      apply_schedule<typename S::type>(v, m, values + S::offset(), s);
    return v;
  }
}

/// Does the factor on the rate of those who watch the training hold for the group? Not where the recipe's schedule is
/// the one who watches, and the group has another.
template <class R, class Place>
inline constexpr bool follows_rate =
    std::is_void_v<in_group_t<Place, slots::Schedule>> || !watches_loss<typename R::schedule>;

}  // namespace tuneit::detail
