#pragma once
// Which two neighbours run as one operation, and how does a list of operations grow by one?
#include <type_traits>

#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

// Two neighbours that run as one: List<one>, else List<first, second>.
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
requires(is_clamp<Act>&& W.is_plain()) struct Join<op::Norm<Norm, Act>, MaxPool2d<W>> {
  using type = List<op::NormPool<Norm, Act, MaxPool2d<W>>>;
};

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

// Appending to a list, joining with its last operation.
template <class Before, class Last, class Op>
struct AppendTo;
template <class... Before, class Last, class Op>
struct AppendTo<List<Before...>, Last, Op> {
  template <class... Joined>
  static List<Before..., Joined...> put(List<Joined...>);
  using type = decltype(put(typename Join<Last, Op>::type{}));
};

// The last operation of a list (void: there is none), and those before it.
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
struct AppendOps {
  using type = Program;
};
template <class Op, class... Rest>
struct AppendOps<List<>, Op, Rest...> : AppendOps<List<Op>, Rest...> {};
template <class First, class... More, class Op, class... Rest>
struct AppendOps<List<First, More...>, Op, Rest...>
    : AppendOps<typename AppendTo<typename Ends<List<First, More...>>::front, typename Ends<List<First, More...>>::last,
                                  Op>::type,
                Rest...> {};

}  // namespace tuneit::detail
