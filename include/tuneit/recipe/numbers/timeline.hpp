#pragma once
// When: which phase does a step belong to, and what are the rate and the momentum in it? Pure functions of the recipe,
// its run-time numbers and the step.
#include <variant>

#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit {

/// The phase of a step, and the steps [begin, end) that it has.
struct PhaseAt {
  std::size_t phase = 0;
  long long begin = 0, end = 0;
};

template <class R>
constexpr PhaseAt phase_at(const Settings& s, long long step, long long steps_per_epoch) {
  PhaseAt at{0, 0, total_epochs<R>(s) * steps_per_epoch};
  if constexpr (R::phase_count > 1) {
    long long begin = 0;
    bool found = false;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto one = [&](std::size_t i, std::size_t offset) {
        const long long end = begin + static_cast<long long>(s.values[offset]) * steps_per_epoch;
        if (!found) at = {i, begin, end};
        found = found || step < end;
        begin = end;
      };
      (one(I, detail::phase_offset<typename R::parts, I>), ...);
    }
    (std::make_index_sequence<R::phase_count>{});
  }
  return at;
}

/// Calls f(std::integral_constant<std::size_t, I>) with I == phase.
template <class R, class F>
constexpr void in_phase(std::size_t phase, const F& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((R::phase_count == 1 || phase == I ? void(f(std::integral_constant<std::size_t, I>{})) : void()), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
}

namespace detail {

// Rate and momentum of a schedule at a moment.
template <class S, class Opt>
constexpr void apply_schedule(OptimizerValues<Opt>& v, const ScheduleTime& m, const double* values,
                              [[maybe_unused]] const Settings& s) {
  if constexpr (requires { S::factor(m, s); })
    v.lr *= S::factor(m, s);
  else
    v.lr *= factor_at<S>(m, values);
  if constexpr (moves_momentum<S>)
    if (const double x = S::momentum(m, values); x >= 0)
      for (std::size_t i = 0; i < v.all.size(); ++i)
        if (Opt::option_numbers[i].moves) v.all[i] = x;
}

/// The numbers of an optimizer under settings: those with a name of their own, and the others, which begin at `own`.
template <class Opt>
constexpr OptimizerValues<Opt> values_in(const OptimizerSettings& named, [[maybe_unused]] const double* own) {
  OptimizerValues<Opt> v;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((v.all[I] =
          [&] {
            constexpr double OptimizerSettings::*member = named_member(Opt::option_numbers[I].name);
            if constexpr (member != nullptr)
              return named.*member;
            else
              return *own++;
          }()),
     ...);
  }
  (std::make_index_sequence<Opt::option_numbers.size()>{});
  return v;
}
/// Of an optimizer that was chosen of several, whose numbers v are.
template <class O, class Choice>
constexpr OptimizerValues<typename O::formula> values_of_choice(const OptimizerValues<Choice>& v) {
  using Opt = typename O::formula;
  OptimizerValues<Opt> own{v.lr, v.decay, {}};
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((own.all[I] = v.all[std::integral_constant<std::size_t, number_at(Choice::option_numbers,
                                                                       Opt::option_numbers[I].name)>::value]),
     ...);
  }
  (std::make_index_sequence<Opt::option_numbers.size()>{});
  return own;
}
/// An option that a phase says, with its values.
template <class Option, class Opt>
constexpr void say_option(OptimizerValues<Opt>& v, const double* n) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((v.all[std::integral_constant<std::size_t,
                                   number_at(Opt::option_numbers, hyperparameters_of<Option>[I].name)>::value] = n[I]),
     ...);
  }
  (std::make_index_sequence<number_count<Option>>{});
}
template <class Opt>
inline constexpr std::size_t rate_at = number_at(Opt::option_numbers, "lr");
template <class Opt>
inline constexpr std::size_t decay_at = number_at(Opt::option_numbers, "weight-decay");

// The optimizer's numbers in all phases, and in one, before its schedule.
template <class Opt>
constexpr void with_rates(OptimizerValues<Opt>& v) {
  v.lr = v.all[rate_at<Opt>];
  if constexpr (decay_at<Opt> < Opt::option_numbers.size()) v.decay = v.all[decay_at<Opt>];
}
template <class P>
constexpr auto common_values(const Settings& s) {
  auto v =
      values_in<typename P::optimizer::formula>(s.optimizer, s.values.data() + number_offset<P, typename P::optimizer>);
  with_rates(v);
  return v;
}
// Those of an optimizer that is a phase's own: `named` and `own` are both the phase's.
template <class Opt>
constexpr OptimizerValues<Opt> own_values(const double* named, const double* own) {
  OptimizerValues<Opt> v;
  for (std::size_t i = 0; i < v.all.size(); ++i)
    v.all[i] = named_member(Opt::option_numbers[i].name) != nullptr ? *named++ : *own++;
  return v;
}
template <class P, std::size_t I>
constexpr auto said_in_phase(const Settings& s) {
  using Own = in_phase_t<P, I, slots::Optimizer, void>;
  if constexpr (std::is_void_v<Own>)
    return values_in<typename P::optimizer::formula>(s.optimizer,
                                                     s.values.data() + number_offset<P, typename P::optimizer>);
  else
    return own_values<typename Own::formula>(s.values.data() + phase_item_offset<P, I, PhaseOnly<Own>>,
                                             s.values.data() + phase_item_offset<P, I, Own>);
}
// Of a group of tensors: numbers_of_group, in group_timeline.hpp.
template <class P, std::size_t I, class Group>
struct NumbersOfGroup;
template <class P, std::size_t I, class Group = void>
constexpr auto numbers_of_phase(const Settings& s) {
  if constexpr (!std::is_void_v<Group>)
    return NumbersOfGroup<P, I, Group>::at(s);
  else {
    auto v = said_in_phase<P, I>(s);
    [&]<class... Item>(List<Item...>) {
      [[maybe_unused]] const auto set = [&]<class O>(Type<O>) {
        if constexpr (IsOptimizerOption<O>) say_option<O>(v, s.values.data() + phase_item_offset<P, I, O>);
      };
      (set(Type<Item>{}), ...);
    }(typename phase_t<P, I>::items{});
    with_rates(v);
    return v;
  }
}

// Of the recipe, or of a group without a time of its own.
template <class R, std::size_t I, class Group = void>
constexpr auto optimizer_in_phase(const Settings& s, const PhaseAt& at, long long step, long long spe) {
  using P = typename R::parts;
  using Items = typename phase_t<P, I>::items;
  auto v = numbers_of_phase<P, I, Group>(s);
  const double* const values = s.values.data();

  using OwnWarmup = pick_from_t<slots::Warmup, void, Items>;
  using OwnSchedule = pick_from_t<slots::Schedule, void, Items>;
  if constexpr (!std::is_void_v<OwnWarmup> || !std::is_void_v<OwnSchedule>) {  // a time of its own
    ScheduleTime m{step - at.begin, spe, at.end - at.begin, 0};
    if constexpr (!std::is_void_v<OwnWarmup>)
      m.warmup = OwnWarmup::in_steps(values + phase_item_offset<P, I, OwnWarmup>, spe);
    if (m.step < m.warmup)
      v.lr *= static_cast<double>(m.step) / static_cast<double>(m.warmup);
    else if constexpr (!std::is_void_v<OwnSchedule>)
      apply_schedule<OwnSchedule>(v, m, values + phase_item_offset<P, I, OwnSchedule>, s);
  } else {
    using Ramp = typename R::warmup;
    using S = typename R::schedule;
    const long long warmup =
        s.warmup_steps >= 0 ? s.warmup_steps : Ramp::in_steps(values + number_offset<P, Ramp>, spe);
    const ScheduleTime m{step, spe, total_epochs<R>(s) * spe, warmup};
    if (m.step < m.warmup)
      v.lr *= static_cast<double>(m.step) / static_cast<double>(m.warmup);
    else
      apply_schedule<S>(v, m, values + number_offset<P, S>, s);
  }
  return v;
}

}  // namespace detail

namespace detail {

template <class P, class Indices>
struct ValuesOfPhases;
template <class P, std::size_t... I>
struct ValuesOfPhases<P, std::index_sequence<I...>> {
  using type = std::variant<OptimizerValues<typename optimizer_in<P, I>::formula>...>;
};
template <class R, class OfPhases, std::size_t I>
constexpr OfPhases values_of_phase(const Settings& s, const PhaseAt& at, long long step, long long spe) {
  if constexpr (I + 1 < R::phase_count)
    if (at.phase != I) return values_of_phase<R, OfPhases, I + 1>(s, at, step, spe);
  return OfPhases(std::in_place_index<I>, optimizer_in_phase<R, I>(s, at, step, spe));
}
template <class R>
inline constexpr bool changes_optimizer = differs_in_phases<typename R::parts, slots::Optimizer>;

}  // namespace detail

/// The same where phases have optimizers of their own: one of several, by its phase.
template <class R>
requires(detail::changes_optimizer<R>) constexpr auto optimizer_at(const Settings& s, long long step,
                                                                   long long steps_per_epoch) {
  const PhaseAt at = phase_at<R>(s, step, steps_per_epoch);
  using OfPhases = typename detail::ValuesOfPhases<typename R::parts, std::make_index_sequence<R::phase_count>>::type;
  return detail::values_of_phase<R, OfPhases, 0>(s, at, step, steps_per_epoch);
}
/// What the optimizer is told in one step: its numbers, `lr` the rate of the moment (LrScale multiplies it).
template <class R>
requires(!detail::changes_optimizer<R>) constexpr auto optimizer_at(const Settings& s, long long step,
                                                                    long long steps_per_epoch) {
  const PhaseAt at = phase_at<R>(s, step, steps_per_epoch);
  OptimizerValues<typename R::optimizer::formula> v;
  in_phase<R>(at.phase,
              [&](auto i) { v = detail::optimizer_in_phase<R, decltype(i)::value>(s, at, step, steps_per_epoch); });
  return v;
}

/// The optimizer's rate at a step under run-time numbers; LrScale multiplies it.
template <class R>
constexpr double lr_at(const Settings& s, long long step, long long steps_per_epoch) {
  const PhaseAt at = phase_at<R>(s, step, steps_per_epoch);
  double rate = 0;
  in_phase<R>(at.phase, [&](auto i) {
    rate = detail::optimizer_in_phase<R, decltype(i)::value>(s, at, step, steps_per_epoch).lr;
  });
  return rate;
}

/// The optimizer's rate at a step (counted from 0) of a training of R::epochs epochs; LrScale multiplies it.
template <class R>
constexpr double lr_at(long long step, long long steps_per_epoch) {
  return lr_at<R>(defaults<R>(), step, steps_per_epoch);
}

}  // namespace tuneit
