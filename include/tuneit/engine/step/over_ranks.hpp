#pragma once
// Do several processes take a step together? Only in programs that link with target tuneit::ranks, which defines
// TUNEIT_RANKS in all of their files.
#ifdef TUNEIT_RANKS
#include "tuneit/engine/ranks/step.hpp"
namespace tuneit::detail {
inline constexpr bool over_ranks = true;
}
#else
namespace tuneit::detail {

inline constexpr bool over_ranks = false;
/// What a trainer has of several processes: nothing.
template <class R>
struct RankStep {};

}  // namespace tuneit::detail
#endif
