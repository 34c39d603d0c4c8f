#pragma once
// How large is what lies on wires between two blocks?
#include <cstddef>
#include <cstdint>

#include "tuneit/net/shape.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit::detail {

/// Remembers the shapes of outputs while a description is traced.
struct KeepShapes {
  WireShapes* wires = nullptr;
  WireShapes outputs{};
  template <class Leaf>
  constexpr void operator()(Leaf, Shape, Shape out) {
    if constexpr (WireTag<Leaf>)
      if constexpr (Leaf::wire_use == WireUse::Output) outputs.put(name_hash<Leaf::wire_name>, out);
  }
};

/// Fills in the shapes on wires, and of outputs, behind the first `count` blocks, for pictures of this side.
template <class Model>
constexpr void trace_up_to(std::size_t count, int side, WireShapes& wires, KeepShapes& keep) {
  put_inputs<typename Model::input>(wires, side);
  keep.wires = &wires;
  Shape x = Model::input::at(side);
  std::size_t block = 0;
  const auto one = [&](auto layers) {
    if (block++ < count) x = trace(layers, x, keep);
  };
  [&]<class... Blocks>(List<Blocks...>) { (one(typename Blocks::layers{}), ...); }(typename Model::blocks{});
}

/// Numbers for one picture that cross the cut behind the first `count` blocks beside what flows.
template <class Model>
constexpr std::int64_t numbers_on_wires([[maybe_unused]] std::size_t count, [[maybe_unused]] int side) {
  std::int64_t n = 0;
  if constexpr (has_wires<Model>) {
    const auto plan = wire_plan_at<Model>(count);
    WireShapes wires;
    KeepShapes keep;
    trace_up_to<Model>(count, side, wires, keep);
    for (int i = 0; i < plan.begin_count; ++i) {
      const Crossing& c = plan.begin[i];
      n += (c.output < 0 ? wires.shape(c.name) : keep.outputs.shape(c.name)).numel();
    }
  }
  return n;
}

}  // namespace tuneit::detail
