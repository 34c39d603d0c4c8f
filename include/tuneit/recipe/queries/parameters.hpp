#pragma once
// How many parameters of a recipe train, and how many blocks at its beginning stand still?
#include <cstddef>
#include <cstdint>

#include "tuneit/net/module_network.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"

namespace tuneit {

/// Parameters in elements (buffers not counted) that never move, or that move in some phase; `classes` stands in for a
/// Dynamic head.
template <class R>
constexpr std::int64_t count_parameters(bool frozen, int classes) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    const TensorRow& row = table<typename R::model>.rows[i];
    if (!row.is_buffer() && !row.is_tied() && ever_trains<R>(i) != frozen) n += row.numel(classes);
  }
  return n;
}

namespace detail {

// Names the mistake of asking a recipe for a number that depends on a class count it does not know.
template <int Classes>
constexpr int static_classes() {
  static_assert(Classes != Dynamic,
                "tuneit: the head's size is known only at run time; ask with it: count_parameters<R>(frozen, classes), "
                "forward_macs<R>(side, classes), training_macs<R>(side, classes)");
  return 0;
}

}  // namespace detail

/// Parameters that train, in some phase at least. For a Dynamic head, use count_parameters<R>(false, classes).
template <class R>
inline constexpr std::int64_t trainable_parameters = count_parameters<R>(false,
                                                                         detail::static_classes<R::new_classes>());

/// Parameters that never move.
template <class R>
inline constexpr std::int64_t frozen_parameters = count_parameters<R>(true, detail::static_classes<R::new_classes>());

namespace detail {

// Leading blocks that stand still in a phase and can run apart from the others. Of a recipe with averaged weights, in
// the phases before it, too: the average of what moved earlier goes on moving.
template <class R>
constexpr std::size_t still_blocks(std::size_t phase) {
  if constexpr (ModuleModel<typename R::model>) return 0;  // runs as one
  const auto& t = table<typename R::model>;
  for (std::size_t i = 0; i < t.size; ++i)
    for (std::size_t p = recipe_effects<R>.averages_weights ? 0 : phase; p <= phase; ++p)
      if (!plans<R>[p].rows[i].frozen) return t.rows[i].block;
  return R::model::block_count;
}
template <class R>
inline constexpr std::size_t phase_of = 0;
template <class R, std::size_t I>
inline constexpr std::size_t phase_of<InPhase<R, I>> = I;

}  // namespace detail

/// The number of leading top-level blocks in which nothing trains and no statistics move: they run outside autograd.
template <class R>
constexpr std::size_t frozen_prefix() {
  return detail::still_blocks<R>(detail::phase_of<R>);
}

}  // namespace tuneit
