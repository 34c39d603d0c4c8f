#pragma once
// Can a network take pictures of this shape, and would a batch of one of them give a batch norm a single value per
// channel? That has no variance: torch refuses to train on it ("Expected more than 1 value per channel").
#include <cstddef>
#include <type_traits>

#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/net/wire_log.hpp"
#include "tuneit/recipe/queries/queries.hpp"

namespace tuneit {

namespace detail {

/// Runs blocks on a shape in the order of the table, and looks at the batch norms that use the batch's statistics.
class LoneValues {
 public:
  constexpr LoneValues(const PlanRow* rows, std::size_t at) : rows_(rows), at_(at) {}
  /// Did one of them see one value per channel?
  [[nodiscard]] constexpr bool found() const { return found_; }

  template <class Leaf>
  constexpr Shape run(Leaf, Shape in) {
    at_ += tensor_count<Leaf>;
    if constexpr (WireTag<Leaf>) {
      bool need = false;
      return wires->template pass<Leaf>(in, need);
    }
    if constexpr (MakesShape<Leaf>) return Leaf::out(in);
    return in;
  }
  template <int C, NormOptions O>
  constexpr Shape run(BatchNorm2d<C, O>, Shape in) {
    found_ = found_ || (rows_[at_ + 2].batch_statistics && in.is_flat());
    at_ += tensor_count<BatchNorm2d<C, O>>;
    return BatchNorm2d<C, O>::out(in);
  }
  template <Composite Layer>
  constexpr Shape run(Layer, Shape in) {
    return run(typename Layer::layers{}, in);
  }
  template <class... Layers>
  constexpr Shape run(Seq<Layers...>, Shape in) {
    ((in = run(Layers{}, in)), ...);
    return in;
  }
  template <fixed_string Name, class... Layers>
  constexpr Shape run(Named<Name, Layers...>, Shape in) {
    ((in = run(Layers{}, in)), ...);
    return in;
  }
  template <int First, int Count, class Layer>
  constexpr Shape run(Repeat<First, Count, Layer>, Shape in) {
    for (int i = 0; i < Count; ++i) in = run(Layer{}, in);
    return in;
  }
  template <class Body, class Shortcut>
  constexpr Shape run(Residual<Body, Shortcut>, Shape in) {
    Shape through = run(Body{}, in);
    const Shape around = run(Shortcut{}, in);
    return added(through, around);
  }

  WireShapes* wires = nullptr;

 private:
  const PlanRow* rows_;
  std::size_t at_;
  bool found_ = false;
};

template <class Model, class... Blocks>
constexpr Shape run_from(LoneValues& look, std::size_t first, Shape in, List<Blocks...>) {
  std::size_t block = 0;
  ((in = block++ < first ? in : look.run(typename Blocks::layers{}, in)), ...);
  return in;
}

}  // namespace detail

/// Can Model compute on pictures of this shape?
template <NetworkLike Model>
constexpr bool takes(Shape picture) {
  detail::Ignore ignore;
  return detail::trace_blocks<typename Model::input>(typename Model::blocks{}, picture, ignore).fits;
}

/// Can Model go on from its block `first` with features of this shape?
template <NetworkLike Model>
constexpr bool takes_from(std::size_t first, Shape features) {
  detail::Ignore ignore;
  [[maybe_unused]] detail::WireShapes wires;
  if constexpr (detail::has_wires<Model>) {
    detail::put_inputs<typename Model::input>(wires, features.height());
    ignore.wires = &wires;
  }
  [&]<class... Blocks>(List<Blocks...>) {
    std::size_t block = 0;
    ((features = block++ < first ? features : trace(typename Blocks::layers{}, features, ignore)), ...);
  }(typename Model::blocks{});
  return features.fits;
}

/// Would training on one sample alone give a batch norm that uses the batch's statistics one value per channel? `in`:
/// the shape of what flows into block `first`, in this phase.
template <class R>
constexpr bool lone_values(std::size_t phase, Shape in, std::size_t first = 0,
                           [[maybe_unused]] detail::WireShapes* crossing = nullptr) {
  using Model = typename R::model;
  [[maybe_unused]] detail::WireShapes wires;
  detail::LoneValues look(plans<R>[phase].rows, table<Model>.block_begin[first]);
  if constexpr (detail::has_wires<Model>) {
    if (crossing == nullptr) detail::put_inputs<typename Model::input>(wires, in.height());
    look.wires = crossing == nullptr ? &wires : crossing;
  }
  detail::run_from<Model>(look, first, in, typename Model::blocks{});
  return look.found();
}

/// The same in any phase, of pictures of side x side pixels.
template <class R>
constexpr bool lone_values_at(int side) {
  for (std::size_t phase = 0; phase < R::phase_count; ++phase)
    if (lone_values<R>(phase, R::model::input::at(side))) return true;
  return false;
}

}  // namespace tuneit
