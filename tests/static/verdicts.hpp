#pragma once
// Comparing verdicts: `tiny_is<Reason, Policies...>` of recipes on the three-block network, `is<Reason, R>` of any.
#include "tiny.hpp"

template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<tuneit::verdict<tuneit::Finetune<Tiny, Policies...>>, Expected>;
template <class Expected, class R>
inline constexpr bool is = std::is_same_v<tuneit::verdict<R>, Expected>;

/// The verdict is Expected in whatever order two policies stand.
template <class Expected, class A, class B>
inline constexpr bool tiny_is_both_ways = tiny_is<Expected, A, B>&& tiny_is<Expected, B, A>;
