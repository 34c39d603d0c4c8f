#pragma once
// A description in which a rule has changed the leaves that were chosen. What holds none of them stays the type it was;
// a Repeat is cut into runs of turns that are rewritten alike, whose numbers go on.
#include <cstddef>
#include <utility>

#include "tuneit/net/rewrite/chosen.hpp"
#include "tuneit/net/rewrite/replaced.hpp"

namespace tuneit::detail {

/// What a rule makes of a leaf; void: it does not apply.
template <class Rule, class Leaf>
struct RuleOn {
  using type = void;
};
template <class Rule, class Leaf>
requires requires { typename Rule::template on<Leaf>::type; }
struct RuleOn<Rule, Leaf> {
  using now = typename Rule::template on<Leaf>::type;
  using type = std::conditional_t<std::is_same_v<now, Leaf>, void, now>;
};

/// What has happened in a part of a description.
struct RewriteCount {
  int changed = 0;  ///< leaves
  int twice = 0;    ///< leaves that were chosen, but which another rule has changed before: they stay
  int least = 0;    ///< the least size of a leaf that is too small for the rule's number; 0: there is none
  constexpr RewriteCount operator+(const RewriteCount& o) const {
    const bool mine = o.least == 0 || (least > 0 && least < o.least);
    return {changed + o.changed, twice + o.twice, mine ? least : o.least};
  }
};

/// `type`: Layer with its chosen leaves changed; `count`.
template <class Rule, class Layer, auto Chosen, bool Any = Chosen.any()>
struct Rewrite {  // nothing is chosen
  using type = Layer;
  static constexpr RewriteCount count{};
};

// A leaf is chosen where any of its tensors is.
template <class Leaf, class Now>
struct Changed {
  using type = Replaced<Leaf, Now>;
  static constexpr RewriteCount count{.changed = 1};
};
template <class Leaf, Wraps Now>
requires(std::is_same_v<typename Now::wraps, Leaf>) struct Changed<Leaf, Now> {
  using type = Now;
  static constexpr RewriteCount count{1, 0, Now::too_small};
};
template <class Leaf>
struct Changed<Leaf, void> {
  using type = Leaf;
  static constexpr RewriteCount count{};
};
template <class Rule, class Leaf, auto Chosen>
struct Rewrite<Rule, Leaf, Chosen, true> : Changed<Leaf, typename RuleOn<Rule, Leaf>::type> {};

// A leaf that has been changed before.
template <class Rule, class Leaf, auto Chosen>
struct AlreadyChanged {
  using type = Leaf;
  static constexpr bool again = !std::is_void_v<typename RuleOn<Rule, typename Leaf::wraps>::type>;
  static constexpr RewriteCount count{.twice = again ? 1 : 0};
};
template <class Rule, Wraps Leaf, auto Chosen>
struct Rewrite<Rule, Leaf, Chosen, true> : AlreadyChanged<Rule, Leaf, Chosen> {};
template <class Rule, class Leaf, class Now, auto Chosen>
struct Rewrite<Rule, Replaced<Leaf, Now>, Chosen, true> {
  using type = Replaced<Leaf, Now>;
  static constexpr RewriteCount within = Rewrite<Rule, Now, Chosen>::count;
  static constexpr RewriteCount count{.twice = within.changed + within.twice};
};

template <class Rule, auto Chosen, class Indices, class... Layers>
struct RewriteEach;
template <class Rule, auto Chosen, std::size_t... I, class... Layers>
struct RewriteEach<Rule, Chosen, std::index_sequence<I...>, Layers...> {
  static constexpr std::size_t begin(std::size_t i) {
    constexpr std::size_t counts[] = {tensor_count<Layers>..., 0};
    std::size_t sum = 0;
    for (std::size_t j = 0; j < i; ++j) sum += counts[j];
    return sum;
  }
  template <std::size_t J, class Layer>
  using one = Rewrite<Rule, Layer, chosen_slice<tensor_count<Layer>>(Chosen, begin(J))>;
  static constexpr RewriteCount count = (RewriteCount{} + ... + one<I, Layers>::count);
  using seq = Seq<typename one<I, Layers>::type...>;
  template <fixed_string Name>
  using named = Named<Name, typename one<I, Layers>::type...>;
  template <fixed_string Name>
  using block = Block<Name, typename one<I, Layers>::type...>;
};
template <class Rule, auto Chosen, class... Layers>
using rewrite_each = RewriteEach<Rule, Chosen, std::index_sequence_for<Layers...>, Layers...>;

template <class Rule, class... Layers, auto Chosen>
struct Rewrite<Rule, Seq<Layers...>, Chosen, true> {
  using each = rewrite_each<Rule, Chosen, Layers...>;
  using type = typename each::seq;
  static constexpr RewriteCount count = each::count;
};
template <class Rule, fixed_string Name, class... Layers, auto Chosen>
struct Rewrite<Rule, Named<Name, Layers...>, Chosen, true> {
  using each = rewrite_each<Rule, Chosen, Layers...>;
  using type = typename each::template named<Name>;
  static constexpr RewriteCount count = each::count;
};
template <class Rule, fixed_string Name, class... Layers, auto Chosen>
struct Rewrite<Rule, Block<Name, Layers...>, Chosen, true> {
  using each = rewrite_each<Rule, Chosen, Layers...>;
  using type = typename each::template block<Name>;
  static constexpr RewriteCount count = each::count;
};

/// A composite of another type in which something is changed. Its name stays short in symbols.
template <class Layer, class Rule, auto Chosen>
struct RewrittenLayer {
  using layers = typename Rewrite<Rule, typename Layer::layers, Chosen>::type;
};
template <class Rule, Composite Layer, auto Chosen>
struct Rewrite<Rule, Layer, Chosen, true> {
  static constexpr RewriteCount count = Rewrite<Rule, typename Layer::layers, Chosen>::count;
  using type = std::conditional_t<count.changed == 0, Layer, RewrittenLayer<Layer, Rule, Chosen>>;
};

template <class Rule, class Body, class Shortcut, auto Chosen>
struct Rewrite<Rule, Residual<Body, Shortcut>, Chosen, true> {
  using each = rewrite_each<Rule, Chosen, Body, Shortcut>;
  template <class L>
  struct parts;
  template <class B, class S>
  struct parts<Seq<B, S>> {
    using type = Residual<B, S>;
  };
  using type = typename parts<typename each::seq>::type;
  static constexpr RewriteCount count = each::count;
};

template <class Rule, int First, int Count, class Layer, auto Chosen>
struct Rewrite<Rule, Repeat<First, Count, Layer>, Chosen, true> {
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr auto turn(int i) { return chosen_slice<size>(Chosen, static_cast<std::size_t>(i) * size); }
  static constexpr int end_of_run(int begin) {
    int end = begin + 1;
    while (end < Count && turn(end) == turn(begin)) ++end;
    return end;
  }
  template <int Begin, class... Runs>
  static constexpr auto runs() {
    if constexpr (Begin == Count)
      return Type<Seq<Runs...>>{};
    else
      return runs<end_of_run(Begin), Runs...,
                  Repeat<First + Begin, end_of_run(Begin) - Begin, typename Rewrite<Rule, Layer, turn(Begin)>::type>>();
  }
  template <int Begin>
  static constexpr RewriteCount counted() {
    if constexpr (Begin == Count) {
      return {};
    } else {
      constexpr RewriteCount one = Rewrite<Rule, Layer, turn(Begin)>::count;
      constexpr int turns = end_of_run(Begin) - Begin;
      return RewriteCount{turns * one.changed, turns * one.twice, one.least} + counted<end_of_run(Begin)>();
    }
  }
  static constexpr RewriteCount count = counted<0>();
  using type = typename decltype(runs<0>())::type;
};

/// Blocks of a network, in which the tensors that `rows` says are chosen.
template <class Rule, class Blocks, auto Chosen>
struct RewriteBlocks;
template <class Rule, class... Blocks, auto Chosen>
struct RewriteBlocks<Rule, List<Blocks...>, Chosen> {
  using each = rewrite_each<Rule, Chosen, Blocks...>;
  static constexpr RewriteCount count = each::count;
  template <class S>
  struct listed;
  template <class... Bs>
  struct listed<Seq<Bs...>> {
    using type = List<Bs...>;
  };
  using type = typename listed<typename each::seq>::type;
};

}  // namespace tuneit::detail
