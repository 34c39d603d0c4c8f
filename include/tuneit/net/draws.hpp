#pragma once
// Operations that run twice draw the same random numbers both times: which of them draw, and from where?
#include <initializer_list>

#include "tuneit/net/segments.hpp"

namespace tuneit::detail {

constexpr DrawsFrom most(std::initializer_list<DrawsFrom> all) {
  DrawsFrom d = DrawsFrom::Nothing;
  for (const DrawsFrom one : all) d = one < d ? d : one;
  return d;
}

template <class Op>
inline constexpr DrawsFrom draws_of = DrawsFrom::Anywhere;
template <SaysDraws Op>
inline constexpr DrawsFrom draws_of<Op> = Op::draws;
template <>
inline constexpr DrawsFrom draws_of<void> = DrawsFrom::Nothing;
template <class... Ops>
inline constexpr DrawsFrom draws_of<List<Ops...>> = most({draws_of<Ops>...});
template <class... Ops>
inline constexpr DrawsFrom draws_of<op::Unread<Ops...>> = draws_of<List<Ops...>>;
template <int First, int Count, class Layer>
inline constexpr DrawsFrom draws_of<Repeat<First, Count, Layer>> = draws_of<program<Layer>>;
template <class F, class N, class Drop, class S, class A>
inline constexpr DrawsFrom draws_of<op::Sum<F, N, Drop, S, A>> = most({draws_of<F>, draws_of<Drop>, draws_of<S>});

}  // namespace tuneit::detail
