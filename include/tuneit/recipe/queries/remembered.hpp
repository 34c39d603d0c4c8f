#pragma once
// What do the optimizers of a recipe remember of each tensor?
#include "tuneit/recipe/numbers/group_timeline.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit::detail {

/// Numbers that the optimizer remembers of a tensor.
template <class Opt>
constexpr std::int64_t remembered_of(const TensorRow& row, const OptimizerValues<Opt>& v, const Settings& s) {
  if constexpr (requires { typename Opt::choices; }) {
    std::int64_t sum = 0;
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) sum = remembered_of(row, values_of_choice<O>(v), s);
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
    return sum;
  } else {
    const auto dim = [&](int back) {
      const std::int32_t d = row.dims[row.rank - back];
      return d == Dynamic ? s.classes : d;
    };
    const std::int64_t all = row.numel(s.classes);
    const bool matrix = row.rank > 1;
    return remembered(v, all, matrix ? all / dim(1) : 0, matrix ? all / dim(2) : 0);
  }
}

/// Of an optimizer that a phase has to itself.
template <class Parts, std::size_t I>
constexpr std::int64_t remembered_in_phase([[maybe_unused]] const TensorRow& row, [[maybe_unused]] const Settings& s) {
  if constexpr (std::is_void_v<in_phase_t<Parts, I, slots::Optimizer, void>>)
    return 0;
  else
    return remembered_of(row, numbers_of_phase<Parts, I>(s), s);
}

/// What the optimizers remember of a row in a phase, those that began by then: a function of the row, which trains in
/// some phase.
template <class Parts>
constexpr auto remembered_by(const Settings& s, std::size_t phase) {
  return [&s, phase, values = common_values<Parts>(s)](std::size_t i) {
    const TensorRow& row = table<typename Parts::model>.rows[i];
    std::int64_t sum = remembered_of(row, values, s);
    [&]<std::size_t... J>(std::index_sequence<J...>) {
      ((sum += J <= phase ? remembered_in_phase<Parts, J>(row, s) : 0), ...);
    }
    (std::make_index_sequence<Parts::phase_count>{});
    return sum;
  };
}

/// With groups: each row is remembered by those optimizers which have moved it.
template <class Parts, std::size_t J, class Seen>
constexpr std::int64_t remembered_in_groups(std::size_t i, const Settings& s, Seen& seen) {
  const PlanRow& plan = plans_of_parts<Parts>[J].rows[i];
  const TensorRow& row = table<typename Parts::model>.rows[i];
  if (plan.frozen) return 0;
  std::int64_t sum = 0;
  bool own = false;
  each_group<Parts, J>([&]<class Place>(Type<Place>, std::uint16_t number) {
    if constexpr (has_own_optimizer<Place>)
      if (plan.group == number) {
        own = true;
        if (!seen[number]) sum = remembered_of(row, numbers_of_phase<Parts, J, Place>(s), s);
        seen[number] = true;
      }
  });
  if (own) return sum;
  if constexpr (!std::is_void_v<in_phase_t<Parts, J, slots::Optimizer, void>>)
    return remembered_in_phase<Parts, J>(row, s);
  if (seen[0]) return 0;
  seen[0] = true;
  return remembered_of(row, common_values<Parts>(s), s);
}
template <class Parts>
requires(Parts::grouped) constexpr auto remembered_by(const Settings& s, std::size_t phase) {
  return [&s, phase](std::size_t i) {
    bool seen[groups_of<Parts>::size + 1]{};  // 0: the recipe's
    std::int64_t sum = 0;
    [&]<std::size_t... J>(std::index_sequence<J...>) {
      ((sum += J <= phase ? remembered_in_groups<Parts, J>(i, s, seen) : 0), ...);
    }
    (std::make_index_sequence<Parts::phase_count>{});
    return sum;
  };
}

}  // namespace tuneit::detail
