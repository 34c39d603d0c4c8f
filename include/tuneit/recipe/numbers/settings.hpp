#pragma once
// The numbers of a recipe at run time: the recipe's own are the defaults, and every one can be changed without
// compiling.
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/choose_optimizer.hpp"
#include "tuneit/recipe/numbers/run_settings.hpp"
#include "tuneit/recipe/numbers/value_of.hpp"

namespace tuneit {

namespace detail {

template <class R, class P>
constexpr long long batches_with([[maybe_unused]] const Settings& s) {
  if constexpr (moments<P> != NoMoments && gathers_batches<P>) return batches_of<P>(values_of<R, P>(s));
  return 1;
}
template <class R, class... Ps>
constexpr long long batches_with_all(const Settings& s, List<Ps...>) {
  return (1LL * ... * batches_with<R, Ps>(s));
}

}  // namespace detail

/// Of how many batches an optimizer step is made: 1, or what Accumulate says.
template <class R>
constexpr long long batches_per_step([[maybe_unused]] const Settings& s) {
  if constexpr (recipe_effects<R>.gathers_batches) return detail::batches_with_all<R>(s, typename R::common{});
  return 1;
}

/// Optimizer steps in so many batches: the last one may be made of fewer.
template <class R>
constexpr long long steps_of_batches(const Settings& s, long long batches) {
  const long long together = batches_per_step<R>(s);
  return (batches + together - 1) / together;
}

/// How many different pictures that cannot be read may be left out of a training; 0: the first one ends it.
template <class R>
constexpr std::size_t skipped_at_most([[maybe_unused]] const Settings& s) {
  if constexpr (number_count < typename R::bad_sample >> 0)
    return static_cast<std::size_t>(value_of<R, typename R::bad_sample>(s));
  return 0;
}

namespace detail {

/// A count of the I-th phase: its own number, where an item of it fills the slot, else `otherwise`.
template <class P, std::size_t I, class Slot>
constexpr int count_in_phase([[maybe_unused]] const Settings& s, int otherwise) {
  using Own = in_phase_t<P, I, Slot, void>;
  if constexpr (std::is_void_v<Own>)
    return otherwise;
  else
    return static_cast<int>(s.values[phase_item_offset<P, I, PhaseOnly<Own>>]);
}

}  // namespace detail

/// What a phase of R does with the data: pictures per step, and their side in pixels.
template <class R, std::size_t I>
constexpr int batch_size_in(const Settings& s) {
  return detail::count_in_phase<typename R::parts, I, slots::BatchSize>(s, s.batch_size);
}
template <class R, std::size_t I>
constexpr int side_in(const Settings& s) {
  return detail::count_in_phase<typename R::parts, I, slots::Side>(s, s.side);
}

/// How many epochs the phases of a recipe have together.
template <class R>
constexpr int total_epochs(const Settings& s) {
  if constexpr (std::is_void_v<typename R::phased>) {
    return s.epochs;
  } else {
    double sum = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((sum += s.values[detail::phase_offset<typename R::parts, I>]), ...);
    }
    (std::make_index_sequence<R::phase_count>{});
    return static_cast<int>(sum);
  }
}

/// The numbers that the recipe itself gives.
template <class R>
constexpr Settings defaults() {
  Settings s;
  s.optimizer = detail::settings_said<typename R::optimizer>();
  s.precision = detail::precision_kind<typename R::precision>;
  s.epochs = R::epochs;
  s.batch_size = R::batch_size;
  s.views = R::views;
  if constexpr (detail::SmoothsLabels<typename R::loss>) s.label_smoothing = R::loss::label_smoothing;
  s.side = R::side;
  if constexpr (R::new_classes != 0)
    s.classes = R::new_classes;
  else
    s.classes = shape<typename R::model>().channels();
  s.values.resize(hyperparameters<R>.size());
  for (std::size_t i = 0; i < hyperparameters<R>.size(); ++i) s.values[i] = hyperparameters<R>[i].value;
  return s;
}

}  // namespace tuneit
