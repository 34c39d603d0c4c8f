#pragma once
// Which tensors go to the optimizer together? Rows of a plan with equal scales are one group, found at compile time.
#include <array>
#include <cstddef>
#include <cstdint>

#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

/// What the tensors of one parameter group share.
struct Group {
  double lr_scale = 1, decay_scale = 1;
  bool head = false;
  constexpr bool operator==(const Group&) const = default;
};

/// Groups of a plan over N tensors: `of[row]` is the group of a trained tensor and -1 for frozen ones and buffers.
template <std::size_t N, std::size_t G>
struct Grouping {
  static constexpr std::size_t count = G;
  std::array<std::int16_t, N> of{};
  std::array<Group, G> groups{};
};

namespace detail {

// Most recipes have a handful of groups; layer-wise rates one or two per block.
inline constexpr std::size_t most_groups = 512;

template <class R, class Out>
constexpr std::size_t find_groups(Out& out) {
  const auto& t = table<typename R::model>;
  std::size_t count = 0;
  for (std::size_t i = 0; i < t.size; ++i) {
    const PlanRow& row = plan<R>.rows[i];
    out.of[i] = -1;
    if (t.rows[i].is_buffer() || row.frozen) continue;
    const bool head = t.rows[i].block + 1u == R::model::block_count;
    std::size_t k = 0;
    while (k < count && !(out.groups[k] == Group{row.lr_scale, row.decay_scale, head})) ++k;
    if (k == count) out.groups[count++] = {row.lr_scale, row.decay_scale, head};
    out.of[i] = static_cast<std::int16_t>(k);
  }
  return count;
}

template <class R>
constexpr auto make_grouping() {
  constexpr std::size_t n = table<typename R::model>.size;
  constexpr std::size_t count = [] {
    Grouping<n, most_groups> room;
    return find_groups<R>(room);
  }();
  Grouping<n, count> exact;
  find_groups<R>(exact);
  return exact;
}

}  // namespace detail

/// The parameter groups of a recipe.
template <class R>
inline constexpr auto grouping = detail::make_grouping<R>();

}  // namespace tuneit
