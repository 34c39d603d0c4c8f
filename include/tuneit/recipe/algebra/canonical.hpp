#pragma once
// What a recipe says, as a text that all compilers print alike: policies and options sorted, numbers in the shortest
// form that is the same double, no namespaces, no options that say what holds without them. Two recipes have the same
// text if and only if they have the same fingerprint.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tuneit/meta/shortest.hpp"
#include "tuneit/recipe/algebra/hash.hpp"

namespace tuneit {

/// Can a recipe be told by its names? `Accepted`, or HasNoName or ArgumentsNotListed.
template <class R>
using fingerprint_verdict = typename detail::JudgeSaid<detail::plain_t<R>>::type;

namespace detail {

// In all of these what is done with strings depends on an argument, so that who writes no text instantiates nothing.
/// The shortest decimal that is the same double; with a point, whatever the locale.
template <class S>
S number_text(double x) {
  if (x > -1e15 && x < 1e15 && x == static_cast<double>(static_cast<long long>(x))) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(x));
    return text;
  }
  const Shortest shortest(x);
  S out;
  bool point = false;
  for (const char* c = shortest.text; *c != '\0'; ++c) {
    const bool known = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '+';
    if (known || !point) out += known ? *c : '.';
    point = !known;
  }
  return out;
}
template <class V>
std::string value_text(const V& x) {
  if constexpr (std::is_arithmetic_v<V>) {
    return fits_in_double(x) ? number_text<std::string>(static_cast<double>(x)) : std::to_string(x);
  } else if constexpr (std::is_enum_v<V>) {
    return std::string(spelled<V>()) + "(" + std::to_string(static_cast<long long>(x)) + ")";
  } else {
    std::string text = "\"";
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x.data()[i] == '"' || x.data()[i] == '\\') text += '\\';
      text += x.data()[i];
    }
    return text + "\"";
  }
}
/// Name<a, b>; from the place `unordered` on in the order of the alphabet.
template <class S>
S joined_text(S text, bool is_template, std::size_t unordered, std::vector<S> arguments) {
  if (unordered < arguments.size())
    std::sort(arguments.begin() + static_cast<std::ptrdiff_t>(unordered), arguments.end());
  if (!is_template) return text;
  text += "<";
  for (std::size_t i = 0; i < arguments.size(); ++i) text.append(i == 0 ? "" : ", ").append(arguments[i]);
  return text + ">";
}

template <class T>
std::string said_text(Type<T>);
template <auto X>
std::string said_text(Type<Value<X>>) {
  return value_text(X);
}
template <class T, class... As>
std::string arguments_text(Arguments<As...>) {
  return joined_text(std::string(spelled<T>()), has_arguments<T>(), unordered_from<T>,
                     std::vector<std::string>{detail::said_text(Type<As>{})...});
}
template <class T>
std::string said_text(Type<T>) {
  return detail::arguments_text<T>(said_arguments<T>{});
}

// Policies by name, those of one name by what they say.
template <class... Ps>
constexpr auto canonical_order(List<Ps...>) {
  std::array<std::size_t, sizeof...(Ps)> at{};
  constexpr std::array<std::string_view, sizeof...(Ps)> names{spelled<Ps>()...};
  constexpr std::array<std::uint64_t, sizeof...(Ps)> hashes{hash_of<Ps>...};
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::size_t j = i;
    for (; j > 0; --j) {
      const std::size_t before = at[j - 1];
      if (names[before] < names[i] || (names[before] == names[i] && hashes[before] <= hashes[i])) break;
      at[j] = before;
    }
    at[j] = i;
  }
  return at;
}
template <class R>
struct CanonicalOf;
template <class M, class... Ps>
struct CanonicalOf<Finetune<M, Ps...>> {
  static constexpr auto at = detail::canonical_order(List<Ps...>{});
  template <std::size_t... I>
  static Finetune<M, typename TypeAt<at[I], List<Ps...>>::type...> order(std::index_sequence<I...>);
  using type = decltype(order(std::make_index_sequence<sizeof...(Ps)>{}));
};
template <class R, std::size_t I>
struct CanonicalOf<InPhase<R, I>> {
  using type = InPhase<typename CanonicalOf<R>::type, I>;
};

}  // namespace detail

/// The recipe with its policies in an order that does not depend on that in which they were written.
template <class R>
using canonical = typename detail::CanonicalOf<detail::plain_t<R>>::type;

/// What the recipe says: `Finetune<ResNet18, AdamW<Lr<0.0003, Mean>>, Freeze<Backbone>>`.
template <class R>
std::string canonical_text() {
  static_assert(detail::reported<fingerprint_verdict<R>>());
  if constexpr (fingerprint_verdict<R>::accepted) return detail::said_text(Type<detail::plain_t<R>>{});
  return {};
}

}  // namespace tuneit
