#pragma once
// Operations that run twice draw the same random numbers both times: which of them draw, and from where?
#include <initializer_list>

#include "tuneit/net/program.hpp"

namespace tuneit::detail {

/// Trainer: from the generator of the context, where dropout is on. Anywhere: from that or LibTorch's global ones, as
/// modules of torch::nn do; so may layers that are not named here.
enum class Draws : unsigned char { Nothing, Trainer, Anywhere };
constexpr Draws most(std::initializer_list<Draws> all) {
  Draws d = Draws::Nothing;
  for (const Draws one : all) d = one < d ? d : one;
  return d;
}

template <class Op>
inline constexpr Draws draws_of = Draws::Anywhere;
template <>
inline constexpr Draws draws_of<void> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<ReLU> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<ReLU6> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Sigmoid> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Tanh> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<SiLU> = Draws::Nothing;
template <class Form>
inline constexpr Draws draws_of<GELU<Form>> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Flatten> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<GlobalAvgPool> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<GlobalConcatPool> = Draws::Nothing;
template <Window W>
inline constexpr Draws draws_of<MaxPool2d<W>> = Draws::Nothing;
template <int H, int W>
inline constexpr Draws draws_of<AdaptiveAvgPool2d<H, W>> = Draws::Nothing;
template <int In, int Out, Window W, bool B>
inline constexpr Draws draws_of<Conv2d<In, Out, W, B>> = Draws::Nothing;
template <int C, auto Eps>
inline constexpr Draws draws_of<LayerNorm<C, Eps>> = Draws::Nothing;
template <class Conv, class A>
inline constexpr Draws draws_of<op::ConvAct<Conv, A>> = Draws::Nothing;
template <class L, class A>
inline constexpr Draws draws_of<op::Affine<L, A>> = Draws::Nothing;
template <class N, class A>
inline constexpr Draws draws_of<op::Norm<N, A>> = Draws::Nothing;
template <class N, class A, class P>
inline constexpr Draws draws_of<op::NormPool<N, A, P>> = Draws::Nothing;
template <class N, class A, class Conv, class M, class B>
inline constexpr Draws draws_of<op::Depthwise<N, A, Conv, M, B>> = Draws::Nothing;
template <auto P>
inline constexpr Draws draws_of<Dropout<P>> = Draws::Trainer;
template <auto P, int Blocks>
inline constexpr Draws draws_of<StochasticDepth<P, Blocks>> = Draws::Trainer;
template <class... Ops>
inline constexpr Draws draws_of<List<Ops...>> = most({draws_of<Ops>...});
template <int First, int Count, class Layer>
inline constexpr Draws draws_of<Repeat<First, Count, Layer>> = draws_of<program<Layer>>;
template <class F, class N, class Drop, class S, class A>
inline constexpr Draws draws_of<op::Sum<F, N, Drop, S, A>> = most({draws_of<F>, draws_of<Drop>, draws_of<S>});

}  // namespace tuneit::detail
