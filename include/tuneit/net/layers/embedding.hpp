#pragma once
// Vectors for indices.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// The D numbers of each of N things, looked up: indices [N, T] (int64) to [N, T, D].
template <int N, int D>
struct Embedding : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, {N, D});
  }
  static constexpr Shape out(Shape in) {
    return Shape(in.dims[0], D).with_fit(in.fits && in.rank == 1 && in.dtype == ElementType::Index);
  }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// Indices, which the network's caller holds.
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

}  // namespace tuneit
