#pragma once
// The tensors of a description, in the order of the state dict: leaves say theirs, names and turns are put before them.
#include "tuneit/meta/text.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace detail {

template <class Leaf>
constexpr void walk(Leaf, TensorSink&);
template <Composite Layer>
constexpr void walk(Layer, TensorSink&);
template <class... Layers>
constexpr void walk(Seq<Layers...>, TensorSink&);
template <fixed_string Name, class... Layers>
constexpr void walk(Named<Name, Layers...>, TensorSink&);
template <int First, int Count, class Layer>
constexpr void walk(Repeat<First, Count, Layer>, TensorSink&);
template <class Body, class Shortcut>
constexpr void walk(Residual<Body, Shortcut>, TensorSink&);

// Of a leaf that does not say (it is refused): none.
template <class Leaf>
constexpr void walk(Leaf, [[maybe_unused]] TensorSink& sink) {
  if constexpr (NamesTensors<Leaf>) Leaf::tensors(sink);
}
template <Composite Layer>
constexpr void walk(Layer, TensorSink& sink) {
  walk(typename Layer::layers{}, sink);
}
template <class... Layers>
constexpr void walk(Seq<Layers...>, [[maybe_unused]] TensorSink& sink) {
  (walk(Layers{}, sink), ...);
}
template <fixed_string Name, class... Layers>
constexpr void walk(Named<Name, Layers...>, TensorSink& sink) {
  const std::size_t outside = sink.enter({Name.data(), Name.size()});
  (walk(Layers{}, sink), ...);
  sink.leave(outside);
}
template <int First, int Count, class Layer>
constexpr void walk(Repeat<First, Count, Layer>, TensorSink& sink) {
  for (int i = First; i < First + Count; ++i) {
    const std::size_t outside = sink.enter(i);
    walk(Layer{}, sink);
    sink.leave_turn(outside);
  }
}
template <class Body, class Shortcut>
constexpr void walk(Residual<Body, Shortcut>, TensorSink& sink) {
  walk(Body{}, sink);
  walk(Shortcut{}, sink);
}

}  // namespace detail

/// Tells a sink the tensors of layers: for a layer of one's own that owns those of others,
/// `tensors_of<Named<"mix", Linear<8, 8>>>(sink)`.
template <class... Layers>
constexpr void tensors_of(TensorSink& sink) {
  (detail::walk(Layers{}, sink), ...);
}

}  // namespace tuneit
