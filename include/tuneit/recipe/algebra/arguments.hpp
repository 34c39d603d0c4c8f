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
struct Rank : Rank<N - 1> {};
template <>
struct Rank<0> {};

/// Is T a template's? What is none does not end so.
template <class T>
constexpr bool has_arguments() {
  const auto written = written_type<T>();
  return written[written.rfind(']') - 1] == '>';
}

template <class T>
auto arguments(Type<T>, Rank<0>) -> std::conditional_t<has_arguments<T>(), NotListed, Arguments<>>;
// Types alone, values alone, names alone.
template <template <class...> class T, class... As>
auto arguments(Type<T<As...>>, Rank<1>) -> Arguments<As...>;
template <template <auto...> class T, auto... Xs>
auto arguments(Type<T<Xs...>>, Rank<2>) -> Arguments<Value<Xs>...>;
template <template <fixed_string...> class T, fixed_string... Xs>
auto arguments(Type<T<Xs...>>, Rank<3>) -> Arguments<Value<Xs>...>;
// A type, then values: LrScale, CosineRestarts. Types behind them: L2Sp's selector.
template <template <class, auto...> class T, class A, auto... Xs>
auto arguments(Type<T<A, Xs...>>, Rank<4>) -> Arguments<A, Value<Xs>...>;
template <template <class, fixed_string...> class T, class A, fixed_string... Xs>
auto arguments(Type<T<A, Xs...>>, Rank<5>) -> Arguments<A, Value<Xs>...>;
template <template <class, class, auto...> class T, class A, class B, auto... Xs>
auto arguments(Type<T<A, B, Xs...>>, Rank<6>) -> Arguments<A, B, Value<Xs>...>;
template <template <class, auto, class...> class T, class A, auto X, class... As>
auto arguments(Type<T<A, X, As...>>, Rank<7>) -> Arguments<A, Value<X>, As...>;
// Values, then types: ReplaceHead, Lr, RandAugment, RandomErasing.
template <template <auto, class...> class T, auto X, class... As>
auto arguments(Type<T<X, As...>>, Rank<8>) -> Arguments<Value<X>, As...>;
template <template <auto, auto, class...> class T, auto X, auto Y, class... As>
auto arguments(Type<T<X, Y, As...>>, Rank<9>) -> Arguments<Value<X>, Value<Y>, As...>;
template <template <auto, auto, auto, class...> class T, auto X, auto Y, auto Z, class... As>
auto arguments(Type<T<X, Y, Z, As...>>, Rank<10>) -> Arguments<Value<X>, Value<Y>, Value<Z>, As...>;
template <template <auto, auto, auto, auto, class...> class T, auto X, auto Y, auto Z, auto W, class... As>
auto arguments(Type<T<X, Y, Z, W, As...>>, Rank<11>) -> Arguments<Value<X>, Value<Y>, Value<Z>, Value<W>, As...>;
template <template <auto, auto, auto, auto, auto, class...> class T, auto X, auto Y, auto Z, auto V, auto W,
          class... As>
auto arguments(Type<T<X, Y, Z, V, W, As...>>, Rank<12>)
    -> Arguments<Value<X>, Value<Y>, Value<Z>, Value<V>, Value<W>, As...>;
template <template <fixed_string, class...> class T, fixed_string X, class... As>
auto arguments(Type<T<X, As...>>, Rank<13>) -> Arguments<Value<X>, As...>;
template <template <fixed_string, auto...> class T, fixed_string X, auto... Xs>
auto arguments(Type<T<X, Xs...>>, Rank<14>) -> Arguments<Value<X>, Value<Xs>...>;
template <template <fixed_string, auto, class...> class T, fixed_string X, auto Y, class... As>
auto arguments(Type<T<X, Y, As...>>, Rank<15>) -> Arguments<Value<X>, Value<Y>, As...>;
// A value, a type, values: LayerDecay, Plateau.
template <template <auto, class, auto...> class T, auto X, class A, auto... Xs>
auto arguments(Type<T<X, A, Xs...>>, Rank<16>) -> Arguments<Value<X>, A, Value<Xs>...>;

/// The arguments of T: `Arguments<...>`, or NotListed.
template <class T>
using arguments_of =
    decltype(detail::arguments(Type<T>{}, Rank<16 + 0 * sizeof(T*)>{}));  // which is not made before T is known

}  // namespace tuneit::detail
