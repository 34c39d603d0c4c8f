#pragma once
// What a type of a recipe says: a name without namespaces, and arguments. Texts and hashes of recipes are made of it,
// so that they differ alike.
#include <concepts>
#include <type_traits>

#include "tuneit/recipe/algebra/arguments.hpp"
#include "tuneit/recipe/algebra/edit.hpp"

namespace tuneit::detail {

// --- values: numbers, enumerators, texts
template <class V>
concept SaysText = requires(const V& v) {
  { v.size() + 0 } -> std::same_as<std::size_t>;
  { v.data() + 0 } -> std::same_as<const char*>;
};
template <class V>
inline constexpr bool is_listed_value = (std::is_arithmetic_v<V> && !std::is_same_v<V, long double>) ||
                                        (std::is_enum_v<V> && has_spelling<V>) || SaysText<V>;

// --- is there a name, and are the arguments listed?
template <class T>
inline constexpr bool is_named = has_spelling<T> &&
                                 (!std::is_fundamental_v<T> || std::is_same_v<T, void> || std::is_same_v<T, bool> ||
                                  std::is_same_v<T, int> || std::is_same_v<T, float> || std::is_same_v<T, double>);
template <class T>
struct JudgeSaid;
template <class T, class As>
struct JudgeArguments;
template <class T, class... As>
struct JudgeArguments<T, Arguments<As...>> : judge_all<JudgeSaid<As>...> {};
template <class T>
struct JudgeArguments<T, NotListed> {
  using type = ArgumentsNotListed<T>;
};
template <class T>
struct JudgeArgumentKinds : JudgeArguments<T, arguments_of<T>> {};
template <class T>
struct JudgeSaid : judge_all<Demand<is_named<T>, HasNoName<T>>, JudgeArgumentKinds<T>> {};
template <auto X>
struct JudgeSaid<Value<X>> : Demand<is_listed_value<decltype(X)>, ArgumentsNotListed<Value<X>>> {};

// --- what is the same said otherwise
template <class O>
concept OptionInAnyOrder = std::is_base_of_v<OptimizerOption, O> || LossOption<O> || is_reduction<O>;

/// From which argument on does the order not count? Policies of a recipe, items of a phase, options.
template <class T>
inline constexpr std::size_t unordered_from = ~std::size_t{0};
template <class M, class... Ps>
inline constexpr std::size_t unordered_from<Finetune<M, Ps...>> = 1;
template <class L, class... Items>
inline constexpr std::size_t unordered_from<Phase<L, Items...>> = 1;
template <template <class...> class T, OptionInAnyOrder... Os>
requires(sizeof...(Os) > 0) inline constexpr std::size_t unordered_from<T<Os...>> = 0;

template <class Self, class... Ds, class... Os>
List<Ds...> defaults_among(const Optimizer<Self, Defaults<Ds...>, Os...>*);
template <class T>
concept HasDefaults = requires {
  defaults_among(static_cast<const T*>(nullptr));
};
template <class O, class... Ds>
constexpr bool is_among(List<Ds...>);  // says the same as one of them; hash.hpp

/// The arguments of a type, but not options that say what their optimizer does without them.
template <class T>
struct SaidArguments {
  using type = arguments_of<T>;
};
template <template <class...> class T, OptionInAnyOrder... Os>
requires(sizeof...(Os) > 0 && HasDefaults<T<Os...>>) struct SaidArguments<T<Os...>> {
  using defaults = decltype(defaults_among(static_cast<const T<Os...>*>(nullptr)));
  template <class O>
  struct kept {
    static constexpr bool value = !detail::is_among<O>(defaults{});
  };
  template <class... Kept>
  static Arguments<Kept...> choose(List<Kept...>);
  using type = decltype(choose(filter_t<kept, Os...>{}));
};
template <class T>
using said_arguments = typename SaidArguments<T>::type;

}  // namespace tuneit::detail
