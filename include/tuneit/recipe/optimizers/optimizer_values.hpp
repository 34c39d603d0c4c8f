#pragma once
// Which values have the numbers of an optimizer, and how much does it remember under them?
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tuneit/recipe/optimizers/optimizer_state.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"

namespace tuneit {

namespace detail {

/// Those without a place of their own.
constexpr std::size_t count_unnamed(const Hyperparameter* all, std::size_t count) {
  std::size_t unnamed = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (named_member(all[i].name) == nullptr) ++unnamed;
  return unnamed;
}
template <std::size_t Count, std::size_t N>
constexpr std::array<Hyperparameter, Count> unnamed_numbers(const std::array<Hyperparameter, N>& all) {
  std::array<Hyperparameter, Count> own{};
  std::size_t n = 0;
  for (const Hyperparameter& h : all)
    if (named_member(h.name) == nullptr) own[n++] = h;
  return own;
}

}  // namespace detail

namespace detail {

/// The number of an option of Opt: the I-th of `template <auto...> Option`.
template <class Opt, template <auto...> class Option, std::size_t I>
constexpr std::size_t place_of_option() {
  if constexpr (requires { typename Option<0>; })
    return number_at(Opt::option_numbers, Option<0>::numbers[I].name);
  else
    return number_at(Opt::option_numbers, Option<0, 0>::numbers[I].name);
}

}  // namespace detail

/// The numbers that an optimizer has at a moment: `lr` and `decay` as schedules (and a group's scales) leave them.
template <class Opt>
struct OptimizerValues {
  double lr = 0, decay = 0;
  std::array<double, Opt::option_numbers.size()> all{};  ///< in the order of Opt::option_numbers

  /// One by its option: `number<Momentum>()`, `number<Betas, 1>()`.
  template <template <auto...> class Option, std::size_t I = 0>
  [[nodiscard]] constexpr double number() const {
    constexpr std::size_t at = detail::place_of_option<Opt, Option, I>();
    return all[at];
  }
  /// Of an option that is there or not: `has<Nesterov>()`.
  template <class Flag>
  [[nodiscard]] constexpr bool has() const {
    constexpr std::size_t at = detail::number_at(Opt::option_numbers, Flag::numbers[0].name);
    return all[at] != 0;
  }
  /// One by its name on a command line; 0 where there is none.
  [[nodiscard]] constexpr double named(std::string_view name) const {
    const std::size_t i = detail::number_at(Opt::option_numbers, name);
    return i < all.size() ? all[i] : 0;
  }
};

namespace detail {

/// The values that an optimizer's type says.
template <class Opt>
constexpr OptimizerValues<Opt> values_said() {
  OptimizerValues<Opt> v;
  for (std::size_t i = 0; i < v.all.size(); ++i) v.all[i] = Opt::option_numbers[i].value;
  v.lr = v.named("lr"), v.decay = v.named("weight-decay");
  return v;
}
/// The same as named members.
template <class Opt>
constexpr OptimizerSettings settings_said() {
  OptimizerSettings s;
  for (const Hyperparameter& h : Opt::option_numbers)
    if (double OptimizerSettings::*const member = named_member(h.name)) s.*member = h.value;
  return s;
}

/// Of a phase's own optimizer all numbers are the phase's.
template <class Opt>
constexpr auto named_numbers_of() {
  constexpr std::size_t count =
      Opt::option_numbers.size() - count_unnamed(Opt::option_numbers.data(), Opt::option_numbers.size());
  std::array<Hyperparameter, count> named{};
  std::size_t n = 0;
  for (const Hyperparameter& h : Opt::option_numbers)
    if (named_member(h.name) != nullptr) named[n++] = h;
  return named;
}
template <class P>
requires(TakesSlot<P, slots::Optimizer>&& SaysOptions<P>) inline constexpr auto phase_numbers<P> =
    named_numbers_of<P>();

/// Is the state kept under these numbers?
template <class Opt>
constexpr bool keeps(const OptimizerState& s, const OptimizerValues<Opt>& v) {
  return *s.only_with == '\0' || v.named(s.only_with) != 0;
}
/// Numbers that an optimizer remembers of a weight of so many; `rows` and `columns` of them are means over its last
/// dimension and over the one before (0, 0: it is a vector).
template <class Opt>
constexpr std::int64_t remembered(const OptimizerValues<Opt>& v, std::int64_t all, std::int64_t rows,
                                  std::int64_t columns) {
  std::int64_t sum = 0;
  for (const OptimizerState& s : optimizer_states<Opt>) {
    if (std::string_view(s.name) == "step" || !keeps(s, v)) continue;
    if (s.shape == StateShape::Weight || (s.shape == StateShape::Vectors && rows == 0)) sum += all;
    if (s.shape == StateShape::RowMeans) sum += rows;
    if (s.shape == StateShape::ColumnMeans) sum += columns;
  }
  return sum;
}

}  // namespace detail

/// The values that an optimizer's type says: `optimizer_defaults<AdamW<>>.decay == 0.01`,
/// `optimizer_defaults<Lion<>>.number<Betas, 1>() == 0.99`.
template <class Opt>
inline constexpr OptimizerValues<typename Opt::formula> optimizer_defaults =
    detail::values_said<typename Opt::formula>();

}  // namespace tuneit
