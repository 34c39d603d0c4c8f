#pragma once
// Which layers run as one operation? A description is lowered to a flat list of operations: names and sequences are
// gone (tensors are found by their position), an activation has joined what it follows, an addition the batch norm
// before it. Training and inference interpret this list; what is in it decides which passes over memory there are.
#include "tuneit/net/table.hpp"

namespace tuneit {

namespace op {

/// Batch norm and the activation behind it (Identity: none).
template <class BatchNorm, class Activation>
struct Norm {};

/// Batch norm, activation and max pooling: the values in between are never needed.
template <class BatchNorm, class Activation, class Pool>
struct NormPool {};

/// Convolution and the activation behind it, no batch norm between.
template <class Conv, class Activation>
struct ConvAct {};

/// Linear layer and the activation behind it.
template <class Linear, class Activation>
struct Affine {};

/// Depthwise convolution with the batch norm and activation before it and those behind it (void and Identity: none):
/// what lies between them is computed on the way.
template <class NormBefore, class ActivationBefore, class Conv, class NormBehind, class ActivationBehind>
struct Depthwise {};

/// activation(drop(norm(front(x))) + shortcut(x)). BatchNorm and Drop may be void. Tensors: front, norm, shortcut.
template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
struct Sum {};

/// For inference: a convolution into which the batch norm behind it is folded, and the activation.
template <class Conv, class BatchNorm, class Activation>
struct ConvNorm {};

/// For inference: activation(norm(conv(front(x))) + shortcut(x)).
template <class Front, class Conv, class BatchNorm, class Shortcut, class Activation>
struct ConvSum {};

}  // namespace op

namespace detail {

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

// --- two neighbours that run as one: List<one>, else List<first, second>
template <class First, class Second>
struct Join {
  using type = List<First, Second>;
};
template <class Norm, class Act>
requires is_clamp<Act>
struct Join<op::Norm<Norm, Identity>, Act> {
  using type = List<op::Norm<Norm, Act>>;
};
template <class Conv, class Act>
requires(is_conv<Conv>&& is_clamp<Act>) struct Join<Conv, Act> {
  using type = List<op::ConvAct<Conv, Act>>;
};
// A clamp and a maximum may change places: behind the pool it has a quarter of the values to look at, and the result of
// the convolution need not be kept.
template <class Conv, class Act, Window W>
struct Join<op::ConvAct<Conv, Act>, MaxPool2d<W>> {
  using type = List<Conv, MaxPool2d<W>, Act>;
};
template <class L, class Act>
requires is_clamp<Act>
struct Join<op::Affine<L, Identity>, Act> {
  using type = List<op::Affine<L, Act>>;
};
template <class F, class N, class D, class S, class Act>
requires is_clamp<Act>
struct Join<op::Sum<F, N, D, S, Identity>, Act> {
  using type = List<op::Sum<F, N, D, S, Act>>;
};
template <class Norm, class Act, Window W>
requires is_clamp<Act>
struct Join<op::Norm<Norm, Act>, MaxPool2d<W>> {
  using type = List<op::NormPool<Norm, Act, MaxPool2d<W>>>;
};

template <class Layer>
inline constexpr bool is_depthwise = false;
template <int C, Window W>
inline constexpr bool is_depthwise<Conv2d<C, C, W, false>> = W.groups == C&& C > 1;

template <class Norm, class Act, class Conv>
requires is_depthwise<Conv>
struct Join<op::Norm<Norm, Act>, Conv> {
  using type = List<op::Depthwise<Norm, Act, Conv, void, Identity>>;
};
template <class Conv, class Norm>
requires is_depthwise<Conv>
struct Join<Conv, op::Norm<Norm, Identity>> {
  using type = List<op::Depthwise<void, Identity, Conv, Norm, Identity>>;
};
template <class N, class A, class Conv, class Norm>
struct Join<op::Depthwise<N, A, Conv, void, Identity>, op::Norm<Norm, Identity>> {
  using type = List<op::Depthwise<N, A, Conv, Norm, Identity>>;
};
template <class N, class A, class Conv, class Norm, class Act>
requires(is_clamp<Act> && !std::is_void_v<Norm>) struct Join<op::Depthwise<N, A, Conv, Norm, Identity>, Act> {
  using type = List<op::Depthwise<N, A, Conv, Norm, Act>>;
};

// --- appending to a list, joining with its last operation
template <class Before, class Last, class Op>
struct AppendTo;
template <class... Before, class Last, class Op>
struct AppendTo<List<Before...>, Last, Op> {
  template <class... Joined>
  static List<Before..., Joined...> put(List<Joined...>);
  using type = decltype(put(typename Join<Last, Op>::type{}));
};

template <class Before, class... Rest>
struct SplitLast;
template <class... Before, class Last>
struct SplitLast<List<Before...>, Last> {
  using front = List<Before...>;
  using last = Last;
};
template <class... Before, class First, class Second, class... Rest>
struct SplitLast<List<Before...>, First, Second, Rest...> : SplitLast<List<Before..., First>, Second, Rest...> {};

template <class Program>
struct Ends {
  using front = List<>;
  using last = void;
};
template <class First, class... Rest>
struct Ends<List<First, Rest...>> : SplitLast<List<>, First, Rest...> {};

template <class Program, class... Ops>
struct Append {
  using type = Program;
};
template <class Op, class... Rest>
struct Append<List<>, Op, Rest...> : Append<List<Op>, Rest...> {};
template <class First, class... More, class Op, class... Rest>
struct Append<List<First, More...>, Op, Rest...>
    : Append<typename AppendTo<typename Ends<List<First, More...>>::front, typename Ends<List<First, More...>>::last,
                               Op>::type,
             Rest...> {};

// --- one layer as a list of operations; a layer that is not named here is an operation itself
template <class Layer>
struct Lower {
  using type = List<Layer>;
};
template <class Layer>
using lower_t = typename Lower<Layer>::type;

template <class Program, class... Layers>
struct LowerAll {
  using type = Program;
};
template <class Program, class Layer, class... Rest>
struct LowerAll<Program, Layer, Rest...> {
  template <class... Ops>
  static typename Append<Program, Ops...>::type put(List<Ops...>);
  using type = typename LowerAll<decltype(put(lower_t<Layer>{})), Rest...>::type;
};

template <>
struct Lower<Identity> {
  using type = List<>;
};
template <int C, NormOptions O>
struct Lower<BatchNorm2d<C, O>> {
  using type = List<op::Norm<BatchNorm2d<C, O>, Identity>>;
};
template <int In, int Out, bool B>
struct Lower<Linear<In, Out, B>> {
  using type = List<op::Affine<Linear<In, Out, B>, Identity>>;
};
template <int First, class Layer>
struct Lower<Repeat<First, 0, Layer>> {
  using type = List<>;
};
template <Composite Layer>
struct Lower<Layer> : Lower<typename Layer::layers> {};
template <class... Layers>
struct Lower<Seq<Layers...>> : LowerAll<List<>, Layers...> {};
template <fixed_string Name, class... Layers>
struct Lower<Named<Name, Layers...>> : LowerAll<List<>, Layers...> {};

// The end of a residual's body: a batch norm, or a batch norm and the drop of the branch.
template <class Front, class Last, class Drop>
struct Tail {
  using front = decltype([]<class... Ops>(List<Ops...>) -> List<Ops..., Last> { return {}; }(Front{}));
  using norm = void;
  using drop = void;
};
template <class Front, class BatchNorm, class Drop>
struct Tail<Front, op::Norm<BatchNorm, Identity>, Drop> {
  using front = Front;
  using norm = BatchNorm;
  using drop = Drop;
};
template <class Front, auto P, int Blocks>
requires requires {
  typename Tail<typename Ends<Front>::front, typename Ends<Front>::last, void>::norm;
} &&(!std::is_void_v<typename Tail<typename Ends<Front>::front, typename Ends<Front>::last, void>::norm>)struct Tail<
    Front, StochasticDepth<P, Blocks>, void>
    : Tail<typename Ends<Front>::front, typename Ends<Front>::last, StochasticDepth<P, Blocks>> {
};
template <class Drop>
struct Tail<List<>, void, Drop> {
  using front = List<>;
  using norm = void;
  using drop = void;
};

template <class Body, class Shortcut>
struct Lower<Residual<Body, Shortcut>> {
  using body = Ends<lower_t<Body>>;
  using tail = Tail<typename body::front, typename body::last, void>;
  using type =
      List<op::Sum<typename tail::front, typename tail::norm, typename tail::drop, lower_t<Shortcut>, Identity>>;
};

// --- for inference: the same list, with convolutions and their batch norms in one
template <class Program, class... Ops>
struct FoldNorms {
  using type = Program;
};
template <class... Done, class Op, class... Rest>
struct FoldNorms<List<Done...>, Op, Rest...> : FoldNorms<List<Done..., Op>, Rest...> {};
template <class... Done, class Conv, class N, class A, class... Rest>
requires is_conv<Conv>
struct FoldNorms<List<Done...>, Conv, op::Norm<N, A>, Rest...>
    : FoldNorms<List<Done..., op::ConvNorm<Conv, N, A>>, Rest...> {
};
template <class... Done, class Conv, class N, class A, class P, class... Rest>
requires is_conv<Conv>
struct FoldNorms<List<Done...>, Conv, op::NormPool<N, A, P>, Rest...>
    : FoldNorms<List<Done..., op::ConvNorm<Conv, N, A>, P>, Rest...> {
};
template <class... Done, class Conv, Window W, class A, class... Rest>
requires(is_conv<Conv>&& is_clamp<A>) struct FoldNorms<List<Done...>, Conv, MaxPool2d<W>, A, Rest...>
    : FoldNorms<List<Done..., op::ConvAct<Conv, A>, MaxPool2d<W>>, Rest...> {
};
template <class... Done, class N, class A, class P, class... Rest>
struct FoldNorms<List<Done...>, op::NormPool<N, A, P>, Rest...> : FoldNorms<List<Done..., op::Norm<N, A>, P>, Rest...> {
};

// A depthwise convolution takes its batch norms apart again: one is folded into it, one into what is before.
template <class... Ops>
struct TakeApart {
  using type = List<>;
};
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
template <class Op, class... Rest>
struct TakeApart<Op, Rest...> : Concat<List<Op>, typename TakeApart<Rest...>::type> {};
template <class N, class A, class Conv, class M, class B, class... Rest>
struct TakeApart<op::Depthwise<N, A, Conv, M, B>, Rest...>
    : Concat<typename Concat<typename MaybeNorm<N, A>::type, List<Conv>>::type,
             typename Concat<typename MaybeNorm<M, B>::type, typename TakeApart<Rest...>::type>::type> {};

template <class Program>
struct FoldList;
template <class... Ops>
struct FoldList<List<Ops...>> : FoldNorms<List<>, Ops...> {};
template <class Program>
struct ForInference;
template <class... Ops>
struct ForInference<List<Ops...>> : FoldList<typename TakeApart<Ops...>::type> {};

template <class Front, class Last, class N, class S, class A>
struct FoldSum {
  using type = op::Sum<typename ForInference<Front>::type, N, void, typename ForInference<S>::type, A>;
};
template <class Front, class Last, class N, class S, class A>
requires is_conv<Last> &&(!std::is_void_v<N>)struct FoldSum<Front, Last, N, S, A> {
  using type =
      op::ConvSum<typename ForInference<typename Ends<Front>::front>::type, Last, N, typename ForInference<S>::type, A>;
};
template <class... Done, class F, class N, class D, class S, class A, class... Rest>
struct FoldNorms<List<Done...>, op::Sum<F, N, D, S, A>, Rest...>
    : FoldNorms<List<Done..., typename FoldSum<F, typename Ends<F>::last, N, S, A>::type>, Rest...> {};

// --- how many tensors an operation has
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

/// The operations of a layer, in order.
template <class Layer>
using program = detail::lower_t<Layer>;

/// The same for inference: batch norms are folded into convolutions, branches are not dropped.
template <class Layer>
using inference_program = typename detail::ForInference<program<Layer>>::type;

/// Tensors (parameters and buffers) of an operation or of a list of them.
template <class Op>
inline constexpr std::size_t op_tensors = detail::OpTensors<Op>::count;

}  // namespace tuneit
