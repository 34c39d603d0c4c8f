#pragma once
// Which operations are there beside the layers themselves, and how many tensors has each? What runs as one operation
// makes one pass over memory.
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

namespace op {

/// What several layers have become. Whoever answers a question about operations answers it for each of these: an answer
/// for layers in general does not hold for them.
struct Joined {
  using joined = void;
};

/// Batch norm and the activation behind it (Identity: none).
template <class BatchNorm, class Activation>
struct Norm : Joined {};

/// Batch norm, activation and max pooling: the values in between are never needed.
template <class BatchNorm, class Activation, class Pool>
struct NormPool : Joined {};

/// Convolution and the activation behind it, no batch norm between.
template <class Conv, class Activation>
struct ConvAct : Joined {};

/// Linear layer and the activation behind it.
template <class Linear, class Activation>
struct Affine : Joined {};

/// Depthwise convolution with the batch norm and activation before it and those behind it (void and Identity: none):
/// what lies between them is computed on the way.
template <class NormBefore, class ActivationBefore, class Conv, class NormBehind, class ActivationBehind>
struct Depthwise : Joined {};

/// activation(drop(norm(front(x))) + shortcut(x)). BatchNorm and Drop may be void. Tensors: front, norm, shortcut.
template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
struct Sum : Joined {};

/// For inference: a convolution into which the batch norm behind it is folded, and the activation.
template <class Conv, class BatchNorm, class Activation>
struct ConvNorm : Joined {};

/// For inference: activation(norm(conv(front(x))) + shortcut(x)).
template <class Front, class Conv, class BatchNorm, class Shortcut, class Activation>
struct ConvSum : Joined {};

}  // namespace op

/// An operation that is one layer, as it stands in the description.
template <class Op>
concept LoneLayer = !requires {
  typename Op::joined;
};

namespace detail {

// Activations that may join what is before them; see kernels/activation.hpp.
template <class Layer>
inline constexpr bool is_clamp = false;
template <>
inline constexpr bool is_clamp<ReLU> = true;
template <>
inline constexpr bool is_clamp<ReLU6> = true;

template <class Op>
inline constexpr bool is_conv = false;
template <int In, int Out, Window W, bool B>
inline constexpr bool is_conv<Conv2d<In, Out, W, B>> = true;

template <class Layer>
inline constexpr bool is_depthwise = false;
template <int C, Window W>
inline constexpr bool is_depthwise<Conv2d<C, C, W, false>> = W.groups == C&& C > 1;

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
struct Concat;
template <class... As, class... Bs>
struct Concat<List<As...>, List<Bs...>> {
  using type = List<As..., Bs...>;
};
template <class Op>
struct Apart;
template <class N, class A, class Conv, class M, class B>
struct Apart<op::Depthwise<N, A, Conv, M, B>>
    : Concat<typename Concat<typename MaybeNorm<N, A>::type, List<Conv>>::type, typename MaybeNorm<M, B>::type> {};

template <class Op>
struct OpTensors {
  static constexpr std::size_t count = tensor_count<Op>;
};
template <>
struct OpTensors<void> {
  static constexpr std::size_t count = 0;
};
template <class... Ops>
struct OpTensors<List<Ops...>> {
  static constexpr std::size_t count = (std::size_t{0} + ... + OpTensors<Ops>::count);
};
template <class N, class A>
struct OpTensors<op::Norm<N, A>> : OpTensors<N> {};
template <class N, class A, class P>
struct OpTensors<op::NormPool<N, A, P>> : OpTensors<N> {};
template <class L, class A>
struct OpTensors<op::Affine<L, A>> : OpTensors<L> {};
template <class C, class A>
struct OpTensors<op::ConvAct<C, A>> : OpTensors<C> {};
template <class F, class N, class D, class S, class A>
struct OpTensors<op::Sum<F, N, D, S, A>> {
  static constexpr std::size_t count = OpTensors<F>::count + OpTensors<N>::count + OpTensors<S>::count;
};
template <class N, class A, class C, class M, class B>
struct OpTensors<op::Depthwise<N, A, C, M, B>> {
  static constexpr std::size_t count = OpTensors<N>::count + OpTensors<C>::count + OpTensors<M>::count;
};
template <class C, class N, class A>
struct OpTensors<op::ConvNorm<C, N, A>> {
  static constexpr std::size_t count = OpTensors<C>::count + OpTensors<N>::count;
};
template <class F, class C, class N, class S, class A>
struct OpTensors<op::ConvSum<F, C, N, S, A>> {
  static constexpr std::size_t count =
      OpTensors<F>::count + OpTensors<C>::count + OpTensors<N>::count + OpTensors<S>::count;
};

}  // namespace detail

/// Tensors (parameters and buffers) of an operation or of a list of them.
template <class Op>
inline constexpr std::size_t op_tensors = detail::OpTensors<Op>::count;

}  // namespace tuneit
