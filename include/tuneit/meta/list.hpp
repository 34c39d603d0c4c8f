#pragma once
// Type lists, and the two questions the recipe asks of a pack of policies.
#include <cstddef>

namespace tuneit {

template <class... Ts>
struct List {
  static constexpr std::size_t size = sizeof...(Ts);
};

/// Carries a type through a function argument without an object of it.
template <class T>
struct Type {
  using type = T;
};

namespace detail {

template <template <class> class Predicate, class... Ts>
struct Filter {
  using type = List<>;
};

template <bool Keep, class T, class L>
struct PrependIf {
  using type = L;
};
template <class T, class... Ls>
struct PrependIf<true, T, List<Ls...>> {
  using type = List<T, Ls...>;
};

template <template <class> class Predicate, class T, class... Ts>
struct Filter<Predicate, T, Ts...> {
  using type = typename PrependIf<Predicate<T>::value, T, typename Filter<Predicate, Ts...>::type>::type;
};

template <class L, class Otherwise>
struct FrontOr {
  using type = Otherwise;
};
template <class T, class... Ts, class Otherwise>
struct FrontOr<List<T, Ts...>, Otherwise> {
  using type = T;
};

/// The P-th type of a list.
template <std::size_t P, class L>
struct TypeAt;
template <std::size_t P, class T, class... Ts>
struct TypeAt<P, List<T, Ts...>> : TypeAt<P - 1, List<Ts...>> {};
template <class T, class... Ts>
struct TypeAt<0, List<T, Ts...>> {
  using type = T;
};

}  // namespace detail

/// The types of Ts for which Predicate<T>::value holds, in their order. Packs of policies are short: recursion is fine.
template <template <class> class Predicate, class... Ts>
using filter_t = typename detail::Filter<Predicate, Ts...>::type;

/// The first type of a list, or Otherwise where the list is empty.
template <class L, class Otherwise>
using front_or_t = typename detail::FrontOr<L, Otherwise>::type;

}  // namespace tuneit
