#pragma once
// A model whose description rules have changed: a model like any other, which knows of each of its tensors which one of
// the file's network it is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tuneit/net/rewrite/rewrite.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

/// Base of rules that change the network. One of one's own derives from it and has
/// - `using selector = S`: which layers it is about: those of which S selects a tensor, in the network before
/// - `template <class Leaf> struct on { using type = ...; }`: what it makes of a leaf: layers of any sort, in which the
///   leaf may stand; the leaf itself, or no `type`: it does not apply. Tensors of the leaf keep name, shape and order.
/// - `static constexpr bool keeps_values = true`, if what stands in a leaf's place starts from the leaf's values, where
///   names and shapes are equal (else it starts as its layers say)
struct RewriteTag : PolicyTag {
  using rewrites_network = void;
};

/// Is P such a rule?
template <class P>
inline constexpr bool rewrites = requires {
  typename P::rewrites_network;
};

template <class Model, class Rule>
struct Rewritten;

namespace detail {

/// The rows of Model that a rule's selector selects, as bits; none, if it is none (which is judged).
template <class Model, class Rule>
constexpr auto choose_rows() {
  ChosenRows<table<Model>.size> chosen;
  if constexpr (requires { typename Rule::selector; })
    if constexpr (requires { Rule::selector::template matches<Model>(0); })
      for (std::size_t i = 0; i < table<Model>.size; ++i)
        if (Rule::selector::template matches<Model>(i)) chosen.set(i);
  return chosen;
}

template <class Model, class Rule>
using rewrite_of = RewriteBlocks<Rule, typename Model::blocks, choose_rows<Model, Rule>()>;

template <class M>
struct BeforeRewrites {
  using type = M;
  using root = typename OriginOf<M>::type;
};
template <class M, class Rule>
struct BeforeRewrites<Rewritten<M, Rule>> : BeforeRewrites<M> {};

template <class M>
constexpr bool fresh_row([[maybe_unused]] std::size_t row) {
  if constexpr (requires { M::is_fresh(row); }) return M::is_fresh(row);
  return false;
}

/// Does a rule say that tensors of new layers start from the values of those that were there before?
template <class Rule>
inline constexpr bool says_keeps_values = [] {
  if constexpr (requires { Rule::keeps_values; }) return static_cast<bool>(Rule::keeps_values);
  return false;
}();
template <class M>
struct KeepsValues {
  static constexpr bool any = false;
  static constexpr bool of(std::string_view) { return false; }
};
template <class M, class Rule>
struct KeepsValues<Rewritten<M, Rule>> {
  static constexpr bool any = says_keeps_values<Rule> || KeepsValues<M>::any;
  /// The rule that added the tensor of this name.
  static constexpr bool of(std::string_view name) {
    for (std::size_t i = 0; i < table<M>.size; ++i)
      if (table<M>.rows[i].base < 0 && table<M>.name(i) == name) return KeepsValues<M>::of(name);
    return says_keeps_values<Rule>;
  }
};

/// Of a row that rules have added: the row of this name of the network before all of them, whose layer is gone; -1: it
/// has none.
template <class M>
constexpr std::int32_t replaced_row(std::size_t row) {
  using Old = typename M::before_rewrites;
  if (table<M>.rows[row].base >= 0) return -1;
  for (std::size_t i = 0; i < table<Old>.size; ++i)
    if (table<Old>.name(i) == table<M>.name(row)) return static_cast<std::int32_t>(i);
  return -1;
}
constexpr bool same_shape(const TensorRow& a, const TensorRow& b) {
  bool same = a.rank == b.rank;
  for (int d = 0; same && d < a.rank; ++d) same = a.dims[d] == b.dims[d];
  return same;
}
template <class M>
constexpr bool keeps_values(std::size_t row) {
  const std::int32_t old = replaced_row<M>(row);
  return old >= 0 && KeepsValues<M>::of(table<M>.name(row)) &&
         same_shape(table<M>.rows[row], table<typename M::before_rewrites>.rows[static_cast<std::size_t>(old)]);
}

}  // namespace detail

/// Model as Rule changes it. Tensors that have a base keep its name and shape, and their order; rules may follow each
/// other, and the base is always that of the network before all of them. Messages still name the root.
template <class Model, class Rule>
struct Rewritten {
  using root = typename detail::BeforeRewrites<Model>::root;
  using before = Model;
  using before_rewrites = typename detail::BeforeRewrites<Model>::type;
  using rule = Rule;
  using input = typename Model::input;
  using blocks = typename detail::rewrite_of<Model, Rule>::type;
  static constexpr std::size_t block_count = Model::block_count;

  /// Takes this row nothing from a file of the root, because it was added, or is that of a new head?
  static constexpr bool is_fresh(std::size_t row) {
    const std::int32_t base = table<Rewritten>.rows[row].base;
    if constexpr (detail::KeepsValues<Rewritten>::any)
      if (base < 0) return !detail::keeps_values<Rewritten>(row);
    return base < 0 || detail::fresh_row<before_rewrites>(static_cast<std::size_t>(base));
  }
};

/// Tensors that rewrites added: adapters. Those of a new head are not among them.
struct Adapters : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].base < 0;
  }
};

/// Tensors that the network of the file has: neither added nor of a new head.
struct BaseModel : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return table<Model>.rows[row].base >= 0 && !detail::fresh_row<Model>(row);
  }
};

namespace detail {

// The model of a recipe: what its rules make of Model, one after the other.
template <class Model, class... Policies>
struct RewriteAll {
  using type = Model;
};
template <class Model, class P, class... Rest>
struct RewriteAll<Model, P, Rest...> : RewriteAll<Model, Rest...> {};
template <class Model, class P, class... Rest>
requires rewrites<P>
struct RewriteAll<Model, P, Rest...> : RewriteAll<Rewritten<Model, P>, Rest...> {
};
template <bool Any>
struct Rewriting {
  template <class Model, class... Policies>
  using model = typename RewriteAll<Model, Policies...>::type;
};
template <>
struct Rewriting<false> {  // costs nothing
  template <class Model, class...>
  using model = Model;
};

}  // namespace detail
}  // namespace tuneit
