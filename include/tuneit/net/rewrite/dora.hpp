#pragma once
// Weights that are made of a layer's: DoRA (arXiv 2402.09353) and IA3 (arXiv 2205.05638), with the names, shapes and
// first values of PEFT.
#include "tuneit/net/rewrite/low_rank.hpp"

namespace tuneit {

/// Rows of W + s B A, each of the length that it has in a vector of magnitudes; what they are divided by counts as a
/// constant on the way back. Magnitudes start from the lengths of W's rows, when the weights are there.
template <LowRankOptions O>
struct MagnitudeAndDirection {
  static constexpr LowRankOptions options = O;
  static constexpr bool beside = false, makes_bias = false;
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Base>
  static constexpr int too_small = BesideLowRank<O>::template too_small<Base>;
  template <class Base, class Sink>
  static constexpr void tensors(Sink& s) {
    detail::LowRankParts<Base>::tensors(s, O.rank, detail::start_of_a<O>);
    detail::LowRankParts<Base>::magnitude(s);
  }
  template <class Base>
  static constexpr Cost cost(Shape, Shape) {
    return {};  // of one picture: the weights are made once for a batch
  }
  /// Beside what Base keeps: the sum of W and the product, the weights that are made.
  template <class Base>
  static constexpr SavedSizes saved(SavedSizes s, Shape, Shape, const Facts& f) {
    if (f.trains_any) s.bytes += 2 * detail::LowRankParts<Base>::numel * (f.bytes == 8 ? 8 : 4);
    if (f.trains_any) s.backward_scratch += 2 * detail::LowRankParts<Base>::numel * (f.bytes == 8 ? 8 : 4);
    return s;
  }
};

/// What comes out of each channel (into each, where OnInput) times a number, 1 at first.
template <bool OnInput>
struct ChannelScales {
  static constexpr bool beside = false, makes_bias = !OnInput;
  static constexpr bool on_input = OnInput;
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Base>
  static constexpr int too_small = 0;
  template <class Base, class Sink>
  static constexpr void tensors(Sink& s) {
    detail::LowRankParts<Base>::scales(s, OnInput);
  }
  template <class Base>
  static constexpr Cost cost(Shape, Shape) {
    return {};
  }
  template <class Base>
  static constexpr SavedSizes saved(SavedSizes s, Shape, Shape, const Facts& f) {
    if (f.trains_any) s.bytes += detail::LowRankParts<Base>::numel * (f.bytes == 8 ? 8 : 4);
    if (f.trains_any) s.backward_scratch += detail::LowRankParts<Base>::numel * (f.bytes == 8 ? 8 : 4);
    return s;
  }
};

}  // namespace tuneit
