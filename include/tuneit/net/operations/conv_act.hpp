#pragma once
// Convolutions with what has joined them, no batch norm between; for inference, with a folded batch norm.
#include "tuneit/net/operations/operation.hpp"

namespace tuneit::op {

/// Convolution and the activation behind it, no batch norm between.
template <class Conv, class Activation>
struct ConvAct : Joined {
  static constexpr std::size_t tensor_count = op_tensors<Conv>;
  static constexpr Shape out(Shape in) { return Conv::out(in); }
  static constexpr SavedSizes saved(Shape in, Shape, const Facts& f) {
    return Conv::sizes.saved(in, f, detail::activates<Activation>);
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    x = a.template one<Conv>(x);
    a.nothing_foldable();
    return x;
  }
};

/// For inference: a convolution into which the batch norm behind it is folded, and the activation.
template <class Conv, class BatchNorm, class Activation>
struct ConvNorm : Joined {
  static constexpr std::size_t tensor_count = op_tensors<Conv> + op_tensors<BatchNorm>;
};

/// For inference: activation(norm(conv(front(x))) + shortcut(x)).
template <class Front, class Conv, class BatchNorm, class Shortcut, class Activation>
struct ConvSum : Joined {
  static constexpr std::size_t tensor_count =
      op_tensors<Front> + op_tensors<Conv> + op_tensors<BatchNorm> + op_tensors<Shortcut>;
};

}  // namespace tuneit::op
