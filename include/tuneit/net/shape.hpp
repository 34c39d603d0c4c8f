#pragma once
// What comes out of a layer, and of a whole network, for a given picture? Also finds channel counts that do not agree.
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/net/wired.hpp"

namespace tuneit {
namespace detail {

// What two branches give together.
constexpr Shape added(Shape a, Shape b) {
  return a.with_fit(b.fits && a.channels() == b.channels() && a.height() == b.height() && a.width() == b.width());
}

}  // namespace detail

/// Runs a description on a shape and calls visit(leaf, in, out) for every leaf, in the order of the table: of a
/// Residual its body, then its shortcut. A visitor with a member `bool need` ("has something before set it?") finds
/// there what was so before the Residual at the beginning of both branches, and behind it what is so in either. One for
/// networks with wires has a `detail::WireShapes* wires`.
template <class Leaf, class Visitor>
constexpr Shape trace(Leaf leaf, Shape in, Visitor& visit) {
  Shape out = in;  // of a leaf that does not say, too: it is refused
  if constexpr (detail::WireTag<Leaf>) {
    bool need = false;
    if constexpr (requires { visit.need; }) need = visit.need;
    out = visit.wires->template pass<Leaf>(in, need);
    if constexpr (requires { visit.need; }) visit.need = need;
  } else if constexpr (detail::MakesShape<Leaf>) {
    out = Leaf::out(in);
  }
  visit(leaf, in, out);
  return out;
}

template <Composite Layer, class Visitor>
constexpr Shape trace(Layer, Shape in, Visitor& visit) {
  return trace(typename Layer::layers{}, in, visit);
}

template <class... Layers, class Visitor>
constexpr Shape trace(Seq<Layers...>, Shape in, Visitor& visit) {
  ((in = trace(Layers{}, in, visit)), ...);
  return in;
}

template <fixed_string Name, class... Layers, class Visitor>
constexpr Shape trace(Named<Name, Layers...>, Shape in, Visitor& visit) {
  ((in = trace(Layers{}, in, visit)), ...);
  return in;
}

template <int First, int Count, class Layer, class Visitor>
constexpr Shape trace(Repeat<First, Count, Layer>, Shape in, Visitor& visit) {
  for (int i = 0; i < Count; ++i) {
    if constexpr (detail::wired<Layer>) {  // what a turn saves is its own
      const int outside = visit.wires->count();
      in = trace(Layer{}, in, visit);
      visit.wires->forget_from(outside);
    } else {
      in = trace(Layer{}, in, visit);
    }
  }
  return in;
}

template <class Body, class Shortcut, class Visitor>
constexpr Shape trace(Residual<Body, Shortcut>, Shape in, Visitor& visit) {
  if constexpr (requires { visit.need; }) {
    const bool before = visit.need;
    const Shape through = trace(Body{}, in, visit);
    const bool branch = visit.need;
    visit.need = before;
    const Shape sum = detail::added(through, trace(Shortcut{}, in, visit));
    visit.need = visit.need || branch;
    return sum;
  } else {
    const Shape through = trace(Body{}, in, visit);
    return detail::added(through, trace(Shortcut{}, in, visit));
  }
}

namespace detail {

struct Ignore {
  WireShapes* wires = nullptr;
  template <class Leaf>
  constexpr void operator()(Leaf, Shape, Shape) const {}
};

/// All blocks of a network whose inputs are `In`.
template <class In, class Visitor, class... Blocks>
constexpr Shape trace_blocks(List<Blocks...>, Shape in, Visitor& visit) {
  [[maybe_unused]] WireShapes wires;
  if constexpr (wired<List<Blocks...>>) {
    put_inputs<In>(wires, side_of(in));
    visit.wires = &wires;
  }
  ((in = trace(typename Blocks::layers{}, in, visit)), ...);
  return in;
}

}  // namespace detail

/// What a model makes of one picture of side x side pixels: a vector of classes for a classifier.
template <NetworkLike Model>
constexpr Shape shape(int side = Model::input::side) {
  detail::Ignore ignore;
  return detail::trace_blocks<typename Model::input>(typename Model::blocks{}, Model::input::at(side), ignore);
}

}  // namespace tuneit
