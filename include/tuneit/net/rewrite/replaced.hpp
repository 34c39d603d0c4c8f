#pragma once
// What stands in the place of a leaf. Of its tensors those of the leaf itself, if it is still within, are the old ones;
// all others are new.
#include <type_traits>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit::detail {

/// A leaf that has another within, and its tensors before its own: `using wraps = Conv2d<...>;`.
template <class L>
concept Wraps = requires {
  typename L::wraps;
};

/// Leaf has become Now: layers of any sort.
template <class Leaf, class Now>
struct Replaced {
  using layers = Now;
};

// Walks Now, and marks what is not Leaf as added. Is Leaf within?
template <class Leaf>
struct WalkReplaced {
  TensorSink& sink;

  template <class L>
  constexpr bool walk(L layer) {
    if constexpr (std::is_same_v<L, Leaf>) {
      detail::walk(layer, sink);
      return true;
    } else if constexpr (Wraps<L>) {
      if constexpr (std::is_same_v<typename L::wraps, Leaf>) {
        detail::walk(layer, sink);
        return true;
      }
    }
    sink.begin_added();
    detail::walk(layer, sink);
    sink.end_added();
    return false;
  }
  template <Composite L>
  constexpr bool walk(L) {
    return walk(typename L::layers{});
  }
  template <class... Ls>
  constexpr bool walk(Seq<Ls...>) {
    bool kept = false;
    ((kept = walk(Ls{}) || kept), ...);
    return kept;
  }
  template <fixed_string Name, class... Ls>
  constexpr bool walk(Named<Name, Ls...>) {
    const std::size_t outside = sink.enter({Name.data(), Name.size()});
    const bool kept = walk(Seq<Ls...>{});
    sink.leave(outside);
    return kept;
  }
  template <class Body, class Shortcut>
  constexpr bool walk(Residual<Body, Shortcut>) {
    const bool kept = walk(Body{});
    return walk(Shortcut{}) || kept;
  }
};

template <class Leaf, class Now>
constexpr void walk(Replaced<Leaf, Now>, TensorSink& sink) {
  if (!WalkReplaced<Leaf>{sink}.walk(Now{})) sink.gone(tensor_count<Leaf>);
}

}  // namespace tuneit::detail
