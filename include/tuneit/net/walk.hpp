#pragma once
// How is a description gone through, leaf by leaf? And the tensors that are met on the way.
#include "tuneit/meta/text.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {
namespace detail {

/// Base of what goes through a description, one leaf after the other in the order of the state dict, and keeps
/// something on the way. Self says `using Walker<Self>::walk;`, what a leaf is to it, `template <class Leaf> constexpr
/// void walk(Leaf)`, and what a combinator is where that is more than what is within, by an overload that hides the one
/// here.
template <class Self>
struct Walker {
  template <Composite Layer>
  constexpr void walk(Layer) {
    static_cast<Self*>(this)->walk(typename Layer::layers{});
  }
  template <class... Layers>
  constexpr void walk(Seq<Layers...>) {
    (static_cast<Self*>(this)->walk(Layers{}), ...);
  }
  template <fixed_string Name, class... Layers>
  constexpr void walk(Named<Name, Layers...>) {
    (static_cast<Self*>(this)->walk(Layers{}), ...);
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>) {
    for (int i = 0; i < Count; ++i) static_cast<Self*>(this)->walk(Layer{});
  }
  template <class Body, class Shortcut>
  constexpr void walk(Residual<Body, Shortcut>) {
    static_cast<Self*>(this)->walk(Body{});
    static_cast<Self*>(this)->walk(Shortcut{});
  }
  /// The blocks of a network.
  template <class... Blocks>
  constexpr void walk(List<Blocks...>) {
    (static_cast<Self*>(this)->walk(typename Blocks::layers{}), ...);
  }
};

template <class Leaf, class Now>
struct Replaced;

/// Tells a sink the tensors: leaves say theirs, names and turns are put before them.
class WalkTensors : public Walker<WalkTensors> {
 public:
  constexpr explicit WalkTensors(TensorSink& sink) : sink_(sink) {}
  using Walker::walk;

  // Of a leaf that does not say (it is refused): none.
  template <class Leaf>
  constexpr void walk(Leaf) {
    if constexpr (NamesTensors<Leaf>) Leaf::tensors(sink_);
  }
  template <fixed_string Name, class... Layers>
  constexpr void walk(Named<Name, Layers...>) {
    const std::size_t outside = sink_.enter({Name.data(), Name.size()});
    (walk(Layers{}), ...);
    sink_.leave(outside);
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>) {
    for (int i = First; i < First + Count; ++i) {
      const std::size_t outside = sink_.enter(i);
      walk(Layer{});
      sink_.leave_turn(outside);
    }
  }
  template <class Leaf, class Now>
  constexpr void walk(Replaced<Leaf, Now>);  // rewrite/replaced.hpp

 private:
  TensorSink& sink_;
};

}  // namespace detail

/// Tells a sink the tensors of layers: for a layer of one's own that owns those of others,
/// `tensors_of<Named<"mix", Linear<8, 8>>>(sink)`.
template <class... Layers>
constexpr void tensors_of([[maybe_unused]] TensorSink& sink) {
  (detail::WalkTensors(sink).walk(Layers{}), ...);
}

}  // namespace tuneit
