#pragma once
// Normalisations.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Numbers of a batch norm: torch's names and defaults; `momentum` is the weight of the new batch.
struct NormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
};

/// Batch norm over N, H, W with affine weight and bias and running statistics.
template <int Channels, NormOptions Options = NormOptions{}>
struct BatchNorm2d : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Norm, {Channels});
    s.tensor("bias", Kind::Bias, Owner::Norm, {Channels});
    s.tensor("running_mean", Kind::RunningMean, Owner::Norm, {Channels});
    s.tensor("running_var", Kind::RunningVar, Owner::Norm, {Channels});
    s.tensor("num_batches_tracked", Kind::BatchCount, Owner::Norm, {});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == Channels); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
};

/// Group norm (arXiv 1803.08494) of images [N, C, H, W] or vectors [N, C]: over the values of each group of C / Groups
/// channels of each sample, with affine weight and bias. eps is torch's.
template <int Groups, int C, auto Eps = 1e-5>
struct GroupNorm : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    static_assert(Groups > 0 && C % Groups == 0, "tuneit: GroupNorm: groups must divide the channels");
    s.tensor("weight", Kind::Weight, Owner::Norm, {C});
    s.tensor("bias", Kind::Bias, Owner::Norm, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C && in.rank != 2); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// Its input, and of each group the mean and the scale.
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    if (!f.need.x && !f.trains_any) return {};
    return {.input = true, .bytes = 2 * Groups * f.batch * (f.bytes == 8 ? 8 : 4)};
  }
};

/// Layer norm over the last dimension, of flat vectors [N, C] or tokens [N, T, C], with affine weight and bias (arXiv
/// 1607.06450). eps is torch's.
template <int C, auto Eps = 1e-5>
struct LayerNorm : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Norm, {C});
    s.tensor("bias", Kind::Bias, Owner::Norm, {C});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C && (in.rank == 2 || in.is_flat())); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
  /// Its input, and of each row the mean and the scale.
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    if (!f.need.x && !f.trains_any) return {};
    return {.input = true, .bytes = 2 * f.batch * (in.rank == 2 ? in.dims[0] : 1) * (f.bytes == 8 ? 8 : 4)};
  }
};

}  // namespace tuneit
