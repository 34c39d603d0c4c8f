#pragma once
// Questions to a recipe, answered at compile time: how many parameters train, at which rate, in how much memory?
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tuneit/recipe/queries/arithmetic.hpp"
#include "tuneit/recipe/queries/memory.hpp"
#include "tuneit/recipe/queries/parameters.hpp"

namespace tuneit {

/// The same for a head whose size is in the recipe: `static_assert(forward_macs<R>(224) < 2'000'000'000)`.
template <class R>
constexpr long long forward_macs(int side = R::model::input::side) {
  return forward_macs<R>(side, detail::static_classes<R::new_classes>());
}
template <class R>
constexpr long long training_macs(int side = R::model::input::side) {
  return training_macs<R>(side, detail::static_classes<R::new_classes>());
}

/// The former name of forward_macs, and a former count of a step: three times the forward pass behind the frozen
/// prefix, whatever trains there. Both go with the next version.
template <class R>
[[deprecated("tuneit: these are multiply-accumulates of the forward pass: forward_macs<R>(side)")]] constexpr long long
flops(int side = R::model::input::side) {
  return cost<typename R::model>(side).macs;
}
template <class R>
[[deprecated("tuneit: training_macs<R>(side) counts what trains")]] constexpr long long macs(
    int side = R::model::input::side) {
  const auto costs = block_costs<typename R::model>(side);
  long long most = 0;
  [&]<std::size_t... P>(std::index_sequence<P...>) {
    const auto one = [&](std::size_t prefix) {
      long long n = 0;
      for (std::size_t b = 0; b < R::model::block_count; ++b) n += costs.cost[b].macs * (b < prefix ? 1 : 3);
      if (n > most) most = n;
    };
    (one(frozen_prefix<InPhase<R, P>>()), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  return most;
}

inline namespace literals {
constexpr std::int64_t operator""_KiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 10; }
constexpr std::int64_t operator""_MiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 20; }
constexpr std::int64_t operator""_GiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 30; }
}  // namespace literals

}  // namespace tuneit
