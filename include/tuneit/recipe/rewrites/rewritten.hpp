#pragma once
// A model whose description rules have changed: a model like any other, which knows of each of its tensors which one of
// the file's network it is.
#include <cstddef>
#include <cstdint>

#include "tuneit/net/rewrite/rewrite.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

/// Base of rules that change the network. One of one's own derives from it and has
/// - `using selector = S`: which layers it is about: those of which S selects a tensor, in the network before
/// - `template <class Leaf> struct on { using type = ...; }`: what it makes of a leaf: layers of any sort, in which the
///   leaf may stand; the leaf itself, or no `type`: it does not apply. Tensors of the leaf keep name, shape and order.
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

  /// Has no file of the root this row, because it was added, or is that of a new head?
  static constexpr bool is_fresh(std::size_t row) {
    const std::int32_t base = table<Rewritten>.rows[row].base;
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
