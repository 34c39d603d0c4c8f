#pragma once
// What makes a graph of a flat list: names for what flows, which later layers join, read or go on from.
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

namespace detail {

/// Names are compared by a hash that is made once of each (FNV-1a): characters would be too many constexpr steps.
template <fixed_string Name>
inline constexpr std::uint64_t name_hash = [] {
  std::uint64_t h = 14695981039346656037u;
  for (std::size_t i = 0; i < Name.size(); ++i) h = (h ^ static_cast<unsigned char>(Name.chars[i])) * 1099511628211u;
  return h;
}();

enum class WireUse : std::uint8_t { Save, Merge, From, Output, Read };

}  // namespace detail

/// Said by a layer of one's own: it reads these wires, `using reads = Wires<"attention_mask">;`. Its Context hands them
/// out by their number here, `c.wire(0)`; gradients it leaves by `c.set_wire_gradient(0, g)`, where `N.wires & 1`.
template <fixed_string... Names>
struct Wires {
  static constexpr std::size_t size = sizeof...(Names);
  static constexpr std::array<std::uint64_t, sizeof...(Names)> names{detail::name_hash<Names>...};
};

namespace detail {

template <WireUse Use, fixed_string Name>
struct WireLayer : detail::ShippedLayer {
  static constexpr WireUse wire_use = Use;
  static constexpr auto wire_name = Name;
  using reads = Wires<Name>;
  using tensors = None;
  using out = SameShape;  // of a Merge or From: see trace
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
};

}  // namespace detail

/// What flows here is also on this wire.
template <fixed_string Wire>
struct Save : detail::WireLayer<detail::WireUse::Save, Wire> {};

/// Fn(what flows, what is on the wire): Add, Concat, Multiply, or a way of one's own (MergeTag).
template <class Fn, fixed_string Wire>
struct Merge : detail::WireLayer<detail::WireUse::Merge, Wire> {
  using function = Fn;
};

/// The flow goes on from a wire; what flowed before must have been saved or given out just before.
template <fixed_string Wire>
struct From : detail::WireLayer<detail::WireUse::From, Wire> {};

/// What flows here is a result of the network. One without any has a single result: what flows at its end.
template <fixed_string Name>
struct Output : detail::WireLayer<detail::WireUse::Output, Name> {};

/// A way to merge derives from it, and says
///
///     static constexpr Shape out(Shape x, Shape w);
///     static at::Tensor forward(const at::Tensor& x, const at::Tensor& w);
///     static std::pair<at::Tensor, at::Tensor> backward(const at::Tensor& dy, const at::Tensor& x,
///                                                       const at::Tensor& w);   // gradients of x and w
///
/// A shape that does not fit (`x.with_fit(false)`) is refused (ShapesDoNotMerge). x and w are kept for the way back.
struct MergeTag {};

/// x + w, of the same shape.
struct Add : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return x.with_fit(w.fits && w == x.with_fit(w.fits)); }
};
/// x w, each number with that of its place.
struct Multiply : MergeTag {
  static constexpr Shape out(Shape x, Shape w) { return Add::out(x, w); }
};
/// Channels (features, of tokens and vectors) one after the other: those of x first.
struct Concat : MergeTag {
  static constexpr Shape out(Shape x, Shape w) {
    const Shape both = x.with_channels(x.channels() + w.channels());
    return both.with_fit(w.fits && w.with_channels(x.channels()) == x.with_fit(w.fits));
  }
};

namespace detail {

/// Does a way to merge say what comes out?
template <class Fn>
concept SaysMergedShape = requires {
  { Fn::out(Shape{}, Shape{}) } -> std::same_as<Shape>;
  typename std::bool_constant<Fn::out(Shape{1, 1, 1}, Shape{1, 1, 1}).fits>;
};
template <class Layer>
inline constexpr bool merges_rightly = true;
template <class Fn, fixed_string Wire>
inline constexpr bool merges_rightly<Merge<Fn, Wire>> = SaysMergedShape<Fn>;

template <class Layer>
concept WireTag = requires {
  Layer::wire_use;
};
template <class Layer>
concept ReadsWires = requires {
  Layer::reads::names;
};
template <class Layer>
inline constexpr WireUse use_of = WireUse::Read;
template <WireTag Layer>
inline constexpr WireUse use_of<Layer> = Layer::wire_use;

}  // namespace detail
}  // namespace tuneit
