#pragma once
// Of what is a type made, that is written in a recipe? Its arguments, by kinds that are listed: C++20 has no pattern
// for templates of any kinds, and what is not listed must not be passed over.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/meta/spelling.hpp"

namespace tuneit::detail {

/// An argument that is a value.
template <auto X>
struct Value {};
/// The arguments of a template, types as they are.
template <class... As>
struct Arguments {};
/// A template of kinds that are not listed.
struct NotListed {};

// Overloads by rank, since Freeze<Head> fits several of them (and they say the same): partial specialisations would be
// ambiguous.
template <std::size_t N>
struct Preferred : Preferred<N - 1> {};
template <>
struct Preferred<0> {};

/// Is T a template's? What is none does not end so.
template <class T>
constexpr bool has_arguments() {
  const auto written = written_type<T>();
  return written[written.rfind(']') - 1] == '>';
}

template <class T>
auto arguments(Type<T>, Preferred<0>) -> std::conditional_t<has_arguments<T>(), NotListed, Arguments<>>;
// Types alone, values alone, names alone.
template <template <class...> class T, class... As>
auto arguments(Type<T<As...>>, Preferred<1>) -> Arguments<As...>;
template <template <auto...> class T, auto... Xs>
auto arguments(Type<T<Xs...>>, Preferred<2>) -> Arguments<Value<Xs>...>;
template <template <fixed_string...> class T, fixed_string... Xs>
auto arguments(Type<T<Xs...>>, Preferred<3>) -> Arguments<Value<Xs>...>;
// A type, then values: LrScale, CosineRestarts. Types behind them: L2Sp's selector.
template <template <class, auto...> class T, class A, auto... Xs>
auto arguments(Type<T<A, Xs...>>, Preferred<4>) -> Arguments<A, Value<Xs>...>;
template <template <class, fixed_string...> class T, class A, fixed_string... Xs>
auto arguments(Type<T<A, Xs...>>, Preferred<5>) -> Arguments<A, Value<Xs>...>;
template <template <class, class, auto...> class T, class A, class B, auto... Xs>
auto arguments(Type<T<A, B, Xs...>>, Preferred<6>) -> Arguments<A, B, Value<Xs>...>;
template <template <class, auto, class...> class T, class A, auto X, class... As>
auto arguments(Type<T<A, X, As...>>, Preferred<7>) -> Arguments<A, Value<X>, As...>;
// Values, then types: ReplaceHead, Lr, RandAugment, RandomErasing.
template <template <auto, class...> class T, auto X, class... As>
auto arguments(Type<T<X, As...>>, Preferred<8>) -> Arguments<Value<X>, As...>;
template <template <auto, auto, class...> class T, auto X, auto Y, class... As>
auto arguments(Type<T<X, Y, As...>>, Preferred<9>) -> Arguments<Value<X>, Value<Y>, As...>;
template <template <auto, auto, auto, class...> class T, auto X, auto Y, auto Z, class... As>
auto arguments(Type<T<X, Y, Z, As...>>, Preferred<10>) -> Arguments<Value<X>, Value<Y>, Value<Z>, As...>;
template <template <auto, auto, auto, auto, class...> class T, auto X, auto Y, auto Z, auto W, class... As>
auto arguments(Type<T<X, Y, Z, W, As...>>, Preferred<11>) -> Arguments<Value<X>, Value<Y>, Value<Z>, Value<W>, As...>;
template <template <auto, auto, auto, auto, auto, class...> class T, auto X, auto Y, auto Z, auto V, auto W,
          class... As>
auto arguments(Type<T<X, Y, Z, V, W, As...>>, Preferred<12>)
    -> Arguments<Value<X>, Value<Y>, Value<Z>, Value<V>, Value<W>, As...>;
template <template <fixed_string, class...> class T, fixed_string X, class... As>
auto arguments(Type<T<X, As...>>, Preferred<13>) -> Arguments<Value<X>, As...>;
template <template <fixed_string, auto...> class T, fixed_string X, auto... Xs>
auto arguments(Type<T<X, Xs...>>, Preferred<14>) -> Arguments<Value<X>, Value<Xs>...>;
template <template <fixed_string, auto, class...> class T, fixed_string X, auto Y, class... As>
auto arguments(Type<T<X, Y, As...>>, Preferred<15>) -> Arguments<Value<X>, Value<Y>, As...>;
// A value, a type, values: LayerDecay, Plateau.
template <template <auto, class, auto...> class T, auto X, class A, auto... Xs>
auto arguments(Type<T<X, A, Xs...>>, Preferred<16>) -> Arguments<Value<X>, A, Value<Xs>...>;

/// The arguments of T: `Arguments<...>`, or NotListed.
template <class T>
using arguments_of =
    decltype(detail::arguments(Type<T>{}, Preferred<16 + 0 * sizeof(T*)>{}));  // which is not made before T is known

}  // namespace tuneit::detail
