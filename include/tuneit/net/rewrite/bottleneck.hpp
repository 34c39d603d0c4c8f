#pragma once
// A small network behind a layer.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// x + up(relu(down(x))) in each pixel or token, to Size numbers and back to C (arXiv 1902.00751). `up` starts from
/// zeros, so nothing changes at first.
template <int C, int Size>
struct Bottleneck : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("down.weight", Kind::Weight, FirstValues::FanIn, {Size, C});
    s.tensor("down.bias", Kind::Bias, FirstValues::Zeros, {Size});
    s.tensor("up.weight", Kind::Weight, FirstValues::Zeros, {C, Size});
    s.tensor("up.bias", Kind::Bias, FirstValues::Zeros, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }
  static constexpr Cost cost(Shape in, Shape) { return {2 * in.numel() * Size, in.numel() + in.numel() / C * Size}; }
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    const bool keeps = f.need.x || f.trains_any;
    return {.input = f.trains(0), .elements = keeps ? f.count(in) / C * Size : 0};
  }
};

}  // namespace tuneit
