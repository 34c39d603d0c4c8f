#pragma once
// Batch norms with what has joined them.
#include "tuneit/net/operations/operation.hpp"

namespace tuneit::op {

/// Batch norm and the activation behind it (Identity: none).
template <class BatchNorm, class Activation>
struct Norm : Joined {
  static constexpr std::size_t tensor_count = op_tensors<BatchNorm>;
  static constexpr Shape out(Shape in) { return BatchNorm::out(in); }
  /// Its input, where sums over it are wanted, else its result; the input's gradient is written over the result's.
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    const bool affine = f.trains(0) || f.trains(1), keeps = f.need.x || affine;
    const bool input = keeps && (f.of_batch(2) || affine);
    return {.input = input, .output = keeps && !input, .in_place = !input, .gradient_in_place = true};
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {  // folded, or in place
    a.fold();
    return BatchNorm::out(x);
  }
};

/// Batch norm, activation and max pooling: the values in between are never needed.
template <class BatchNorm, class Activation, class Pool>
struct NormPool : Joined {
  static constexpr std::size_t tensor_count = op_tensors<BatchNorm>;
  static constexpr Shape out(Shape in) { return Pool::out(BatchNorm::out(in)); }
  /// Its input, the maxima, and where they were: a byte each.
  static constexpr SavedSizes saved(Shape, Shape out, const Facts& f) {
    if (!f.need.x && !f.trains(0) && !f.trains(1)) return {};
    return {.input = true, .elements = f.count(out), .bytes = f.count(out), .gradient_over_input = true};
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    a.fold();
    return a.template one<Pool>(BatchNorm::out(x));
  }
};

}  // namespace tuneit::op
