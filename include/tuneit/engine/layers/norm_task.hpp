#pragma once
// What is a batch norm told in a pass: its own numbers, what moves, and the activation behind it?
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/kernels/activation.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/recipe/assemble/facts.hpp"

namespace tuneit::detail {

/// What a batch norm is told beside its tensors.
struct NormTask {
  double eps, momentum;
  bool batch;         ///< normalise by the batch and update the running statistics
  bool affine_moves;  ///< weight or bias train
  kernels::Clamp clamp;
};

template <class BatchNorm>
inline constexpr NormOptions norm_options{};
template <int C, NormOptions O>
inline constexpr NormOptions norm_options<BatchNorm2d<C, O>> = O;

template <class BatchNorm, class Activation, auto F>
inline constexpr NormTask norm_task{norm_options<BatchNorm>.eps, norm_options<BatchNorm>.momentum, F.of_batch(2),
                                    F.trains(0) || F.trains(1), clamp_of<Activation>};

}  // namespace tuneit::detail
