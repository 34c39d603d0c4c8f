#pragma once
// LibTorch's operators over lists of tensors, and its fused optimizers; see make.hpp. Names are those of ATen without
// the underscore in front.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_foreach_add_ops.h>
#include <ATen/ops/_foreach_addcdiv_ops.h>
#include <ATen/ops/_foreach_addcmul_ops.h>
#include <ATen/ops/_foreach_clamp_max_ops.h>
#include <ATen/ops/_foreach_clamp_min_ops.h>
#include <ATen/ops/_foreach_copy_ops.h>
#include <ATen/ops/_foreach_lerp_ops.h>
#include <ATen/ops/_foreach_mul_ops.h>
#include <ATen/ops/_foreach_norm_ops.h>
#include <ATen/ops/_foreach_sign_ops.h>
#include <ATen/ops/_foreach_sqrt_ops.h>
#include <ATen/ops/stack_ops.h>

#include <optional>
#include <vector>

namespace tuneit::aten {

using List = at::TensorList;
using Tensors = std::vector<at::Tensor>;

inline void foreach_add_(List a, const at::Scalar& x) { at::_ops::_foreach_add__Scalar::call(a, x); }
inline void foreach_add_(List a, List b, const at::Scalar& alpha = 1) {
  at::_ops::_foreach_add__List::call(a, b, alpha);
}
inline void foreach_add_(List a, const at::Tensor& x) { at::_ops::_foreach_add__Tensor::call(a, x, 1); }
inline void foreach_copy_(List a, List from) { at::_ops::_foreach_copy_::call(a, from, false); }
inline Tensors foreach_add(List a, List b, const at::Scalar& alpha = 1) {
  return at::_ops::_foreach_add_List::call(a, b, alpha);
}
inline void foreach_mul_(List a, const at::Scalar& x) { at::_ops::_foreach_mul__Scalar::call(a, x); }
inline void foreach_mul_(List a, const at::Tensor& x) { at::_ops::_foreach_mul__Tensor::call(a, x); }
inline void foreach_lerp_(List a, List b, const at::Scalar& weight) {
  at::_ops::_foreach_lerp__Scalar::call(a, b, weight);
}
inline Tensors foreach_lerp(List a, List b, const at::Scalar& weight) {
  return at::_ops::_foreach_lerp_Scalar::call(a, b, weight);
}
inline void foreach_addcmul_(List a, List b, List c, const at::Scalar& value = 1) {
  at::_ops::_foreach_addcmul__Scalar::call(a, b, c, value);
}
inline Tensors foreach_addcmul(List a, List b, List c, const at::Scalar& value = 1) {
  return at::_ops::_foreach_addcmul_Scalar::call(a, b, c, value);
}
inline void foreach_addcdiv_(List a, List b, List c, const at::Scalar& value = 1) {
  at::_ops::_foreach_addcdiv__Scalar::call(a, b, c, value);
}
inline void foreach_sqrt_(List a) { at::_ops::_foreach_sqrt_::call(a); }
inline Tensors foreach_sqrt(List a) { return at::_ops::_foreach_sqrt::call(a); }
inline void foreach_sign_(List a) { at::_ops::_foreach_sign_::call(a); }
inline void foreach_clamp_min_(List a, const at::Scalar& x) { at::_ops::_foreach_clamp_min__Scalar::call(a, x); }
inline void foreach_clamp_max_(List a, const at::Scalar& x) { at::_ops::_foreach_clamp_max__Scalar::call(a, x); }
inline Tensors foreach_norm(List a, const at::Scalar& order) {
  return at::_ops::_foreach_norm_Scalar::call(a, order, std::nullopt);
}
inline at::Tensor stack(List a, std::int64_t dim = 0) { return at::_ops::stack::call(a, dim); }

}  // namespace tuneit::aten
