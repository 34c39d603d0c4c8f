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

// Walks Now, and marks what is not Leaf as added.
template <class Leaf>
class WalkReplaced : public Walker<WalkReplaced<Leaf>> {
 public:
  constexpr explicit WalkReplaced(TensorSink& sink) : sink_(sink) {}
  bool kept = false;  ///< Leaf is within
  using Walker<WalkReplaced>::walk;

  template <class L>
  constexpr void walk(L layer) {
    const bool own = is_or_wraps<L>();
    kept = kept || own;
    if (!own) sink_.begin_added();
    WalkTensors(sink_).walk(layer);
    if (!own) sink_.end_added();
  }
  template <fixed_string Name, class... Ls>
  constexpr void walk(Named<Name, Ls...>) {
    const std::size_t outside = sink_.enter({Name.data(), Name.size()});
    (walk(Ls{}), ...);
    sink_.leave(outside);
  }
  template <int First, int Count, class L>
  constexpr void walk(Repeat<First, Count, L> layer) {  // the leaf stands within once, so not here
    sink_.begin_added();
    WalkTensors(sink_).walk(layer);
    sink_.end_added();
  }

 private:
  template <class L>
  static constexpr bool is_or_wraps() {
    if constexpr (Wraps<L>)
      return std::is_same_v<typename L::wraps, Leaf>;
    else
      return std::is_same_v<L, Leaf>;
  }
  TensorSink& sink_;
};

template <class Leaf, class Now>
constexpr void WalkTensors::walk(Replaced<Leaf, Now>) {
  WalkReplaced<Leaf> within(sink_);
  within.walk(Now{});
  if (!within.kept) sink_.gone(tensor_count<Leaf>);
}

}  // namespace tuneit::detail
