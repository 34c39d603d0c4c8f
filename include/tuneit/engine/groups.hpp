#pragma once
// Which tensors go to the optimizer together? Rows of a plan with equal scales are one group, found at compile time.
#include <array>
#include <cstddef>

#include "tuneit/recipe/finetune.hpp"

namespace tuneit {

/// What the tensors of one parameter group share.
struct Group {
  double lr_scale = 1, decay_scale = 1;
  bool head = false;
};

/// Groups of a plan over N tensors: `of[row]` is the group of a trained tensor and -1 for frozen ones and buffers.
template <std::size_t N>
struct Grouping {
  std::array<int, N> of{};
  std::array<Group, N> groups{};
  int count = 0;
};

namespace detail {

template <class R>
constexpr auto make_grouping() {
  const auto& t = table<typename R::model>;
  Grouping<table<typename R::model>.size> g;
  for (std::size_t i = 0; i < t.size; ++i) {
    const PlanRow& row = plan<R>.rows[i];
    g.of[i] = -1;
    if (t.rows[i].is_buffer() || row.frozen) continue;
    const bool head = t.rows[i].block + 1u == R::model::block_count;
    for (int k = 0; k < g.count && g.of[i] < 0; ++k) {
      const Group& other = g.groups[static_cast<std::size_t>(k)];
      if (other.lr_scale == row.lr_scale && other.decay_scale == row.decay_scale && other.head == head) g.of[i] = k;
    }
    if (g.of[i] >= 0) continue;
    g.groups[static_cast<std::size_t>(g.count)] = {row.lr_scale, row.decay_scale, head};
    g.of[i] = g.count++;
  }
  return g;
}

}  // namespace detail

/// The parameter groups of a recipe.
template <class R>
inline constexpr auto grouping = detail::make_grouping<R>();

}  // namespace tuneit
