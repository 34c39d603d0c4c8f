#pragma once
// Convolution.
#include "tuneit/net/layers/conv_sizes.hpp"
#include "tuneit/net/layers/window.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// 2-d convolution, [N, In, H, W] -> [N, Out, H', W'].
template <int In, int Out, Window W, bool Bias = false>
struct Conv2d : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    static_assert(In % W.groups == 0 && Out % W.groups == 0, "tuneit: Conv2d: groups must divide both channel counts");
    s.tensor("weight", Kind::Weight, Owner::Conv, {Out, In / W.groups, W.kernel.height, W.kernel.width});
    if constexpr (Bias) s.tensor("bias", Kind::Bias, Owner::Conv, {Out});
  }
  static constexpr Shape out(Shape in) { return detail::convolved(in, In, Out, W); }
  static constexpr Cost cost(Shape, Shape out) {
    return {out.numel() * (In / W.groups) * W.kernel.height * W.kernel.width, out.numel()};
  }
  static constexpr detail::ConvSizes sizes{W, In, Out, Bias};
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) { return sizes.saved(in, f, false); }
  static constexpr PreparedSizes prepared(Shape in, const Facts& f) { return sizes.prepared(in, f); }
};

}  // namespace tuneit
