#pragma once
// The gradient of a tensor that several layers use is the sum of theirs.
#include <cstddef>
#include <utility>

#include "tuneit/aten/tensors.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit::detail {

/// Of the tensors of Model from row `begin` to before `end`: gradients under other names are added to theirs. Where the
/// way back is through the first layer that has a tensor, this is all of it.
template <class Model>
void add_tied([[maybe_unused]] Tensors& gradients, [[maybe_unused]] std::size_t begin = 0,
              [[maybe_unused]] std::size_t end = table<Model>.size) {
  if constexpr (has_ties<Model>)
    for (std::size_t i = begin; i < table<Model>.size; ++i) {
      const auto to = static_cast<std::size_t>(table<Model>.rows[i].tied);
      if (!table<Model>.rows[i].is_tied() || to < begin || to >= end || !gradients[i].defined()) continue;
      at::Tensor g = std::exchange(gradients[i], {});
      if (gradients[to].defined())
        gradients[to].add_(g);
      else
        gradients[to] = std::move(g);
    }
}

}  // namespace tuneit::detail
