#pragma once
// Linear layer.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// y = x W^T + b on the last dimension; Out may be Dynamic in a head.
template <int In, int Out, bool Bias = true>
struct Linear : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Linear, {Out, In});
    if constexpr (Bias) s.tensor("bias", Kind::Bias, Owner::Linear, {Out});
  }
  static constexpr Shape out(Shape in) {
    const bool fits = in.fits && in.channels() == In && (in.rank == 2 || in.is_flat());
    return (in.rank == 2 ? in.with_channels(Out) : Shape(Out)).with_fit(fits);
  }
  static constexpr Cost cost(Shape in, Shape) {
    const long long rows = in.rank == 2 ? in.dims[0] : 1;
    if constexpr (Out == Dynamic)
      return {0, 0, rows * In};
    else
      return {rows * In * Out, rows * Out};
  }
};

/// y = x W + b on the last dimension, W [In, Out]: a linear layer as GPT-2's files hold it.
template <int In, int Out>
struct TransposedLinear : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Linear, {In, Out});
    s.tensor("bias", Kind::Bias, Owner::Linear, {Out});
  }
  static constexpr Shape out(Shape in) { return Linear<In, Out>::out(in); }
  static constexpr Cost cost(Shape in, Shape out) { return Linear<In, Out>::cost(in, out); }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) { return {.input = f.trains(0)}; }
};

/// A linear layer whose tensors are called otherwise: Weight [Out, In] and Bias (torch.nn.MultiheadAttention's
/// in_proj).
template <int In, int Out, fixed_string Weight, fixed_string Bias>
struct LinearNamed : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor({Weight.data(), Weight.size()}, Kind::Weight, Owner::Linear, {Out, In});
    s.tensor({Bias.data(), Bias.size()}, Kind::Bias, Owner::Linear, {Out});
  }
  static constexpr Shape out(Shape in) { return Linear<In, Out>::out(in); }
  static constexpr Cost cost(Shape in, Shape out) { return Linear<In, Out>::cost(in, out); }
};

}  // namespace tuneit
