#pragma once
// Linear layer.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// y = x W^T + b on the last dimension; Out may be Dynamic in a head.
template <int In, int Out, bool Bias = true>
struct Linear : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Linear, {Out, In});
    if constexpr (Bias) s.tensor("bias", Kind::Bias, Owner::Linear, {Out});
  }
  static constexpr Shape out(Shape in) {
    return {Out, 1, 1, in.fits && in.channels == In && in.height == 1 && in.width == 1};
  }
  static constexpr Cost cost(Shape, Shape) {
    if constexpr (Out == Dynamic)
      return {0, 0, In};
    else
      return {1LL * In * Out, Out};
  }
};

}  // namespace tuneit
