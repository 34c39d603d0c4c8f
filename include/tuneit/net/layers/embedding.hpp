#pragma once
// Vectors for indices.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// The D numbers of each of N things, looked up: indices [N, T] (int64) to [N, T, D]. Row Padding (-1: there is none)
/// has no gradient, and starts from zeros where no weights are loaded, as torch's padding_idx.
template <int N, int D, int Padding = -1>
struct Embedding : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    static_assert(Padding < N, "tuneit: Embedding: the padding row must be one of the rows");
    s.table("weight", Padding, {N, D});
  }
  static constexpr Shape out(Shape in) {
    return Shape(in.dims[0], D).with_fit(in.fits && in.rank == 1 && in.dtype == ElementType::Index);
  }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// Indices, which the network's caller holds. Rows are in single precision for a moment, and so is their gradient.
  static constexpr SavedSizes saved(Shape, Shape out, const Facts& f) {
    return {.forward_scratch = scratch(out, f), .backward_scratch = f.trains_any ? scratch(out, f) : 0};
  }
  static constexpr PreparedSizes prepared(Shape in, const Facts& f) { return {0, 0, scratch(out(in), f)}; }

 private:
  static constexpr std::int64_t scratch(Shape out, const Facts& f) { return f.bytes < 4 ? 4 * f.count(out) : 0; }
};

}  // namespace tuneit
