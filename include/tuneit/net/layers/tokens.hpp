#pragma once
// What is done to tokens, [N, S, D], and to their indices, [N, S]. S may be another one in each batch.
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

namespace detail {

/// Adds rows of a table of D numbers to tokens.
template <int D>
struct TokenLayer : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  static constexpr Shape out(Shape in) { return in.with_fit(in.rank == 2 && in.channels() == D); }
  static constexpr Cost cost(Shape, Shape) { return {}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) {
    return {.in_place = true, .gradient_in_place = true};
  }
};

}  // namespace detail

/// The first token of each sample: [N, S, D] to [N, D].
struct FirstToken : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.fits && in.rank == 2); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// The mean of the tokens that are there, by the mask on a wire [N, S] (bool): [N, S, D] to [N, D]. Of a sample without
/// any: 0.
template <fixed_string Mask>
struct MeanOfTokens : detail::ShippedLayer {
  using reads = Wires<Mask>;
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.fits && in.rank == 2); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// The shares of the tokens, in single precision.
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    return {.bytes = f.need.x ? f.batch * in.height() * (f.bytes == 8 ? 8 : 4) : 0};
  }
};

/// Which indices are not that of padding: [N, S] (int64) to [N, S] (bool).
template <int Padding>
struct NotPadding : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) {
    return in.of(ElementType::Truth).with_fit(in.rank == 1 && in.dtype == ElementType::Index);
  }
  static constexpr Cost cost(Shape, Shape) { return {}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// RoBERTa's positions: of tokens that are not padding, counted from Padding + 1; of padding, Padding. [N, S] (int64)
/// to [N, S] (int64).
template <int Padding>
struct PositionsFromPadding : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) { return in.with_fit(in.rank == 1 && in.dtype == ElementType::Index); }
  static constexpr Cost cost(Shape, Shape) { return {}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// x + the row of each token's place, from 0 on: a learned position embedding "weight" [Most, D]. More tokens are
/// refused when the network runs.
template <int Most, int D>
struct AddPositions : detail::TokenLayer<D> {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, {Most, D});
  }
  static constexpr Shape out(Shape in) { return detail::TokenLayer<D>::out(in).with_fit(in.height() <= Most); }
};

/// x + row 0 of "weight" [Rows, D]: token types of a network that is only given the first.
template <int Rows, int D>
struct AddFirstRow : detail::TokenLayer<D> {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, {Rows, D});
  }
};

/// A token before the others, which is learned: [N, S, D] to [N, S + 1, D], a tensor `Name` [1, 1, D] (ViT's class
/// token, arXiv 2010.11929).
template <int D, fixed_string Name>
struct ClassToken : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor({Name.data(), Name.size()}, Kind::Weight, {1, 1, D});
  }
  static constexpr Shape out(Shape in) {
    return Shape(in.height() + 1, D).with_fit(in.fits && in.rank == 2 && in.channels() == D);
  }
  static constexpr Cost cost(Shape, Shape) { return {}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {}; }
};

/// x + a tensor `Name` [1, Count, D], of as many tokens as there are (ViT's positions).
template <int Count, int D, fixed_string Name>
struct AddTokens : detail::TokenLayer<D> {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor({Name.data(), Name.size()}, Kind::Weight, {1, Count, D});
  }
  static constexpr Shape out(Shape in) { return detail::TokenLayer<D>::out(in).with_fit(in.height() == Count); }
};

/// The pixels of an image as tokens, row by row: [N, C, H, W] to [N, H W, C].
struct PixelTokens : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  using tensors = None;
  static constexpr Shape out(Shape in) {
    return Shape(in.height() * in.width(), in.channels()).with_fit(in.fits && in.rank == 3);
  }
  static constexpr Cost cost(Shape, Shape) { return {}; }
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {.passes = true}; }
};

}  // namespace tuneit
