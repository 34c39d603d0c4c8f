#pragma once
// Depthwise convolution with the batch norms on both of its sides.
#include "tuneit/net/operations/norm.hpp"
#include "tuneit/net/operations/operation.hpp"

namespace tuneit {

namespace op {

/// Depthwise convolution with the batch norm and activation before it and those behind it (void and Identity: none):
/// what lies between them is computed on the way.
template <class NormBefore, class ActivationBefore, class Conv, class NormBehind, class ActivationBehind>
struct Depthwise : Joined {
  static constexpr std::size_t tensor_count = op_tensors<NormBefore> + op_tensors<Conv> + op_tensors<NormBehind>;
  static constexpr bool has_behind = !std::is_void_v<NormBehind>;

  static constexpr Shape out(Shape x) {
    if constexpr (!std::is_void_v<NormBefore>) x = NormBefore::out(x);
    x = Conv::out(x);
    if constexpr (has_behind) x = NormBehind::out(x);
    return x;
  }
  /// Its input, and the values between the convolution and the norm behind it.
  static constexpr SavedSizes saved(Shape, Shape out, const Facts& f) {
    const bool keeps = f.need.x || f.trains_any;
    return {.input = keeps, .elements = keeps && has_behind ? f.count(out) : 0};
  }
  template <class Account>
  static constexpr Shape infer(Shape x, Account& a) {
    if constexpr (!std::is_void_v<NormBefore>) x = NormBefore::out(x);
    x = a.template one<Conv>(x);
    if constexpr (has_behind) x = a.template one<Norm<NormBehind, ActivationBehind>>(x);
    return x;
  }
};

}  // namespace op

namespace detail {

// The operations that an op::Depthwise is made of, one after the other.
template <class Norm, class Act>
struct MaybeNorm {
  using type = List<op::Norm<Norm, Act>>;
};
template <class Act>
struct MaybeNorm<void, Act> {
  using type = List<>;
};
template <class A, class B>
struct JoinLists;
template <class... As, class... Bs>
struct JoinLists<List<As...>, List<Bs...>> {
  using type = List<As..., Bs...>;
};
template <class Op>
struct Apart;
template <class N, class A, class Conv, class M, class B>
struct Apart<op::Depthwise<N, A, Conv, M, B>>
    : JoinLists<typename JoinLists<typename MaybeNorm<N, A>::type, List<Conv>>::type, typename MaybeNorm<M, B>::type> {
};

}  // namespace detail
}  // namespace tuneit
