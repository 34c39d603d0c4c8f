#pragma once
// Where rules have put other layers in the place of a network's, a file may be of either network, and both may have
// tensors of one name: which of a model's tensors are so, and how does a file say whose it is?
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/net/table.hpp"
#include "tuneit/recipe/rewrites/rewritten.hpp"
#include "tuneit/weights/before_rules.hpp"

namespace tuneit::weights {

namespace detail {

/// Those of the model's tensors whose names are also those of layers that rules have replaced.
template <class Model>
std::string replaced_names() {
  std::string names;
  if constexpr (requires { typename Model::before_rewrites; })
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (tuneit::detail::replaced_row<Model>(i) >= 0) names.append(table<Model>.name(i)) += '\n';
  return names;
}

/// Says so of `expected`, whose first are the model's tensors in their order, and adds what is Gone.
template <class Model>
void mark_replaced(std::vector<Expected>& expected) {
  if constexpr (requires { typename Model::before_rewrites; }) {
    using Old = typename Model::before_rewrites;
    std::vector<bool> there(table<Old>.size);
    for (std::size_t i = 0; i < table<Model>.size; ++i) {
      if (const std::int32_t base = table<Model>.rows[i].base; base >= 0) {
        there[static_cast<std::size_t>(base)] = true;
      } else if (const std::int32_t old = tuneit::detail::replaced_row<Model>(i); old >= 0) {
        const TensorRow& row = table<Old>.rows[static_cast<std::size_t>(old)];
        bool known = true;
        for (int d = 0; d < row.rank; ++d) known = known && row.dims[d] != Dynamic;
        expected[i].before = Model::is_fresh(i) ? Expected::Before::Unused : Expected::Before::Taken;
        if (known) expected[i].shape_before.assign(row.dims, row.dims + row.rank);
        there[static_cast<std::size_t>(old)] = true;
      }
    }
    for (std::size_t i = 0; i < there.size(); ++i)
      if (!there[i]) {
        Expected& gone = expected.emplace_back();
        gone.name = std::string(table<Old>.name(i));
        gone.before = Expected::Before::Gone;
        gone.optional = true;
      }
  }
}

}  // namespace detail

/// Says in the metadata of a file of Model's weights which of its tensors are of layers that rules have put in the
/// place of others, where names do not.
template <class Model>
void say_replaced(std::map<std::string, std::string>& metadata) {
  if (std::string names = detail::replaced_names<Model>(); !names.empty())
    metadata.emplace(replaced_key, std::move(names));
}

}  // namespace tuneit::weights
