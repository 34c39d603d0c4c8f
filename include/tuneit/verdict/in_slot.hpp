#pragma once
// In which slot of a recipe is a policy? The sentences of some reasons differ by it.
#include <type_traits>

namespace tuneit {

namespace slots {
struct Loss;
struct Optimizer;
struct Unused;
}  // namespace slots

namespace detail {

template <class P, class Slot>
concept IsInSlot = requires {
  typename P::slot;
  requires std::is_same_v<typename P::slot, Slot>;
};

}  // namespace detail
}  // namespace tuneit
