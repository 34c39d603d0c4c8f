#pragma once
// What is left out at random in training.
#include "tuneit/net/leaf.hpp"

namespace tuneit {

/// Zeroes each value with this probability in training and scales the rest up, by the draws of PyTorch. Off in frozen
/// blocks.
template <auto Probability>
struct Dropout : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Trainer;
  using tensors = None;
  using out = SameShape;
  /// The mask.
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    if (!f.live || Probability == 0) return {.passes = true};
    if (!f.need.x) return {.forward_scratch = f.count(in) * f.bytes, .gradient_in_place = true};
    return {.elements = f.count(in), .gradient_in_place = true};
  }
};

/// The same, with random numbers that are a function of a key and of each value's place: Dropout's are those of
/// PyTorch's generator, one after the other, and cost many times as much. What transformers have; in PyTorch it is
/// nn.Dropout.
template <auto Probability>
struct CountedDropout : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Trainer;
  using tensors = None;
  using out = SameShape;
  /// Nothing: the mask is drawn again on the way back.
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    if (!f.live || Probability == 0) return {.passes = true};
    return {.in_place = true, .gradient_in_place = true};
  }
};

/// Drops a residual branch for whole samples in training ("drop connect", stochastic depth, arXiv 1603.09382) with the
/// probability Probability * i / Blocks, where i is the number of the enclosing Repeat's turn: the linear rule.
template <auto Probability, int Blocks>
struct StochasticDepth : detail::ShippedLayer {
  static constexpr DrawsFrom draws = DrawsFrom::Trainer;
  using tensors = None;
  using out = SameShape;
  /// A factor for each sample, in single precision.
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    if (!f.live || Probability == 0) return {.passes = true};
    return {.bytes = f.batch * (f.bytes == 8 ? 8 : 4), .gradient_in_place = true};
  }
};

}  // namespace tuneit
