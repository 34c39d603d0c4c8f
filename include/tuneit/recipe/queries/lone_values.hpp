#pragma once
// Can a network take pictures of this shape, and would a batch of one of them give a batch norm a single value per
// channel? That has no variance: torch refuses to train on it ("Expected more than 1 value per channel").
#include <cstddef>

#include "tuneit/net/table.hpp"
#include "tuneit/net/wire_log.hpp"
#include "tuneit/recipe/queries/queries.hpp"
#include "tuneit/recipe/queries/shape_steps.hpp"

namespace tuneit {

/// Can Model go on from its block `first` with features of this shape?
template <NetworkLike Model>
constexpr bool takes_from(std::size_t first, Shape features) {
  detail::ShapeRun run;
  [[maybe_unused]] detail::WireShapes wires;
  if constexpr (detail::has_wires<Model>) {
    detail::put_inputs<typename Model::input>(wires, detail::side_of(features));
    run.wires = &wires;
  }
  return detail::run_blocks<Model>(run, first, features).fits;
}

/// Can Model compute on pictures of this shape?
template <NetworkLike Model>
constexpr bool takes(Shape picture) {
  return takes_from<Model>(0, picture);
}

/// Would training on one sample alone give a batch norm that uses the batch's statistics one value per channel? `in`:
/// the shape of what flows into block `first`, in this phase.
template <class R>
constexpr bool lone_values(std::size_t phase, Shape in, std::size_t first = 0,
                           [[maybe_unused]] detail::WireShapes* crossing = nullptr) {
  using Model = typename R::model;
  [[maybe_unused]] detail::WireShapes wires;
  detail::ShapeRun run;
  run.rows = plans<R>[phase].rows + table<Model>.block_begin[first];
  if constexpr (detail::has_wires<Model>) {
    if (crossing == nullptr) detail::put_inputs<typename Model::input>(wires, detail::side_of(in));
    run.wires = crossing == nullptr ? &wires : crossing;
  }
  detail::run_blocks<Model>(run, first, in);
  return run.lone;
}

/// The same in any phase, of pictures of side x side pixels.
template <class R>
constexpr bool lone_values_at(int side) {
  for (std::size_t phase = 0; phase < R::phase_count; ++phase)
    if (lone_values<R>(phase, R::model::input::at(side))) return true;
  return false;
}

}  // namespace tuneit
