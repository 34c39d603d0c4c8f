#pragma once
// Which layers run as one operation where nothing trains? The operations of net/program.hpp with convolutions and their
// batch norms in one.
#include <type_traits>

#include "tuneit/net/program.hpp"

namespace tuneit {

namespace detail {

// Convolutions and the batch norms behind them in one.
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
template <class Op, class... Rest>
struct TakeApart<Op, Rest...> : JoinLists<List<Op>, typename TakeApart<Rest...>::type> {};
template <class N, class A, class Conv, class M, class B, class... Rest>
struct TakeApart<op::Depthwise<N, A, Conv, M, B>, Rest...>
    : JoinLists<typename Apart<op::Depthwise<N, A, Conv, M, B>>::type, typename TakeApart<Rest...>::type> {};

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

}  // namespace detail

/// The operations of a layer for inference: batch norms are folded into convolutions, branches are not dropped.
template <class Layer>
using inference_program = typename detail::ForInference<program<Layer>>::type;

}  // namespace tuneit
