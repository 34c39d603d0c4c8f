#pragma once
// Linear layer with what has joined it.
#include "tuneit/net/operations/operation.hpp"

namespace tuneit::op {

/// Linear layer and the activation behind it.
template <class Layer, class Activation>
struct Affine;
template <int In, int Out, bool Bias, class Activation>
struct Affine<Linear<In, Out, Bias>, Activation> : Joined {
  using Layer = Linear<In, Out, Bias>;
  static constexpr std::size_t tensor_count = op_tensors<Layer>;
  static constexpr Shape out(Shape in) { return Layer::out(in); }
  static constexpr SavedSizes saved(Shape, Shape, const Facts& f) {
    SavedSizes s{.input = f.trains(0), .output = detail::activates<Activation> && (f.need.x || f.trains_any)};
    if (f.bytes >= 4) return s;
    // the weight in the lower precision, and its gradient before it is in single precision
    const std::int64_t copy = std::int64_t{In} * (Out == Dynamic ? f.classes : Out) * f.bytes;
    (f.need.x ? s.bytes : s.forward_scratch) = copy;
    if (f.trains(0)) s.backward_scratch = copy;
    return s;
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    return a.template one<Layer>(x);
  }
};

}  // namespace tuneit::op
