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
struct BatchNorm2d : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("weight", Kind::Weight, Owner::Norm, {Channels});
    s.tensor("bias", Kind::Bias, Owner::Norm, {Channels});
    s.tensor("running_mean", Kind::RunningMean, Owner::Norm, {Channels});
    s.tensor("running_var", Kind::RunningVar, Owner::Norm, {Channels});
    s.tensor("num_batches_tracked", Kind::BatchCount, Owner::Norm, {});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels == Channels); }
  static constexpr Cost cost(Shape, Shape out) { return {0, out.numel()}; }
};

}  // namespace tuneit
