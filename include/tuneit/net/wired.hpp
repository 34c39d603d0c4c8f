#pragma once
// Does a description name wires? Nothing of what wires cost is there where it does not. And the shapes on them, while a
// description is traced.
#include <cstdint>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/layers/wires.hpp"

namespace tuneit::detail {

template <class Layer>
inline constexpr bool wired = ReadsWires<Layer>;
template <Composite Layer>
inline constexpr bool wired<Layer> = wired<typename Layer::layers>;
template <class... Layers>
inline constexpr bool wired<Seq<Layers...>> = (wired<Layers> || ...);
template <class... Layers>
inline constexpr bool wired<List<Layers...>> = (wired<Layers> || ...);
template <fixed_string Name, class... Layers>
inline constexpr bool wired<Named<Name, Layers...>> = (wired<Layers> || ...);
template <int First, int Count, class Layer>
inline constexpr bool wired<Repeat<First, Count, Layer>> = Count > 0 && wired<Layer>;
template <class Body, class Shortcut>
inline constexpr bool wired<Residual<Body, Shortcut>> = wired<Body> || wired<Shortcut>;

/// At most so many wires in a network, inputs counted.
inline constexpr int most_wires = 64;

/// What is known of wires on the way through a description: their shapes, and whether something before them trains.
class WireShapes {
 public:
  constexpr WireShapes() {}  // left as it is: read is what was put
  constexpr void put(std::uint64_t name, Shape s, bool need = false) {
    if (count_ >= most_wires) return;  // refused: TooManyWires
    names_[count_] = name;
    rank_[count_] = s.rank;
    for (int d = 0; d < 4; ++d) dims_[count_][d] = s.dims[d];
    dtype_[count_] = s.dtype;
    flags_[count_++] = (s.fits ? 1 : 0) | (need ? 2 : 0);
  }
  [[nodiscard]] constexpr int count() const { return count_; }
  /// What turns have saved is forgotten.
  constexpr void forget_from(int count) { count_ = count; }
  [[nodiscard]] constexpr Shape shape(std::uint64_t name) const {
    Shape s;
    const int i = find(name);
    if (i < 0) return s.with_fit(false);  // refused: NoSuchWire
    s.rank = rank_[i];
    for (int d = 0; d < 4; ++d) s.dims[d] = dims_[i][d];
    s.dtype = dtype_[i];
    return s.with_fit((flags_[i] & 1) != 0);
  }
  [[nodiscard]] constexpr bool need(std::uint64_t name) const {
    const int i = find(name);
    return i >= 0 && (flags_[i] & 2) != 0;
  }

  /// What comes out of a layer that names a wire. `need`: something before trains.
  template <class Layer>
  constexpr Shape pass(Shape in, bool& need_x) {
    constexpr std::uint64_t name = name_hash<Layer::wire_name>;
    if constexpr (Layer::wire_use == WireUse::Save) put(name, in, need_x);
    if constexpr (Layer::wire_use == WireUse::From) {
      need_x = need(name);
      return shape(name);
    }
    if constexpr (Layer::wire_use == WireUse::Merge) {
      need_x = need_x || need(name);
      if constexpr (merges_rightly<Layer>)
        return Layer::function::out(in, shape(name));
      else
        return in;  // refused: LayerLacks
    }
    return in;
  }

 private:
  [[nodiscard]] constexpr int find(std::uint64_t name) const {
    for (int i = count_; i-- > 0;)
      if (names_[i] == name) return i;
    return -1;
  }
  int count_ = 0;
  std::uint64_t names_[most_wires];
  int rank_[most_wires], dims_[most_wires][4], flags_[most_wires];
  ElementType dtype_[most_wires];
};

/// The inputs behind the first, on wires of their names. `side`: of what flows in.
template <class In>
constexpr void put_inputs([[maybe_unused]] WireShapes& wires, [[maybe_unused]] int side) {
  [&]<class... Others>(List<Others...>) {
    (wires.put(name_hash<Others::name>, input_beside<typename In::first, Others>(side)), ...);
  }(typename In::others{});
}

}  // namespace tuneit::detail
