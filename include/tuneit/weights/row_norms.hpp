#pragma once
// Tensors that start from others of the network, when those are there.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "tuneit/net/table.hpp"

namespace tuneit::detail {

/// The row "a.weight" for "a.b".
template <class Model>
std::size_t weight_beside(std::size_t row) {
  const std::string_view name = table<Model>.name(row);
  const std::string weight = std::string(name.substr(0, name.rfind('.') + 1)) + "weight";
  std::size_t i = row;
  while (i > 0 && table<Model>.name(i) != weight) --i;
  return i;
}

/// Fills what starts from the lengths of a weight's rows; `wanted(i)`: is row i to be filled?
template <class Model, class F>
void fill_row_norms(const std::vector<at::Tensor>& tensors, const F& wanted) {
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    if (table<Model>.rows[i].start != FirstValues::RowNorms || !wanted(i)) continue;
    at::Tensor to = tensors[i];
    to.copy_(tensors[weight_beside<Model>(i)].flatten(1).norm(2, 1).view(to.sizes()));
  }
}

}  // namespace tuneit::detail
