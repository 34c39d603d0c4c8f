#pragma once
// How does a network look? A table of its top-level blocks for people.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/cost.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {
namespace detail {

template <class... Blocks>
void block_names(List<Blocks...>, std::string* out) {
  ((*out++ = std::string(Blocks::name.data(), Blocks::name.size())), ...);
}

inline std::string shape_text(Shape s) {
  std::string text = std::to_string(s.channels);
  if (s.height > 1 || s.width > 1) text += " x " + std::to_string(s.height) + " x " + std::to_string(s.width);
  return text;
}

// Parameters of one block in elements.
template <class Model>
std::int64_t block_parameters(std::size_t block, int classes = 0) {
  std::int64_t n = 0;
  for (std::size_t i = table<Model>.block_begin[block]; i < table<Model>.block_begin[block + 1]; ++i)
    if (!table<Model>.rows[i].is_buffer()) n += table<Model>.rows[i].numel(classes);
  return n;
}

}  // namespace detail

/// A table with one line per top-level block: output shape, parameters, multiply-accumulates for one picture of side x
/// side pixels.
template <NetworkLike Model>
std::string print(int side = Model::input::side) {
  std::string names[Model::block_count];
  detail::block_names(typename Model::blocks{}, names);
  const auto costs = block_costs<Model>(side);
  Columns columns({"block", "output", "parameters", "MMACs"}, "<<>>");
  for (std::size_t b = 0; b < Model::block_count; ++b)
    columns.row({names[b], detail::shape_text(costs.out[b]), grouped(detail::block_parameters<Model>(b)),
                 grouped(costs.cost[b].macs / 1000000)});
  return type_name<Model>() + ": " + grouped(parameter_count<Model>()) + " parameters\n" + columns.text();
}

}  // namespace tuneit
