#pragma once
// How does a network look? A table of its top-level blocks for people.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/cost.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {
namespace detail {

template <class... Blocks>
void block_names(List<Blocks...>, std::string* out) {
  ((*out++ = std::string(Blocks::name.data(), Blocks::name.size())), ...);
}

inline std::string shape_text(Shape s) {
  std::string text = std::to_string(s.channels());
  if (!s.is_flat()) text += " x " + std::to_string(s.height()) + " x " + std::to_string(s.width());
  return text;
}

// Parameters of one block in elements.
template <class Model>
std::int64_t block_parameters(std::size_t block, int classes = 0) {
  std::int64_t n = 0;
  for (std::size_t i = table<Model>.block_begin[block]; i < table<Model>.block_begin[block + 1]; ++i)
    if (!table<Model>.rows[i].is_buffer() && !table<Model>.rows[i].is_tied()) n += table<Model>.rows[i].numel(classes);
  return n;
}

// In millions: whole from ten on, below that with three digits, so that nothing is 0 which computes.
inline std::string mega_text(long long macs) {
  return macs >= 10'000'000 ? grouped((macs + 500'000) / 1'000'000) : short_number(1e-6 * static_cast<double>(macs), 3);
}

template <class Model>
std::string block_macs_text(const Cost& cost) {
  if (ModuleModel<Model>) return "?";
  std::string text = cost.macs > 0 ? mega_text(cost.macs) : "";
  if (cost.macs_per_class > 0) text += (text.empty() ? "" : " + ") + mega_text(cost.macs_per_class) + " a class";
  return text.empty() ? "-" : text;
}

}  // namespace detail

/// A table with one line per top-level block: output shape, parameters, multiply-accumulates (millions) for one picture
/// of side x side pixels. "-": nothing is multiplied there (pooling, activations, batch norms); "?": a module computes
/// it.
template <NetworkLike Model>
std::string print(int side = Model::input::side) {
  std::string names[Model::block_count];
  detail::block_names(typename Model::blocks{}, names);
  const auto costs = block_costs<Model>(side);
  Columns columns({"block", "output", "parameters", "MMACs"}, "<<>>");
  for (std::size_t b = 0; b < Model::block_count; ++b)
    columns.row({names[b], detail::shape_text(costs.out[b]), grouped(detail::block_parameters<Model>(b)),
                 detail::block_macs_text<Model>(costs.cost[b])});
  return type_name<Model>() + ": " + grouped(parameter_count<Model>()) + " parameters\n" + columns.text();
}

}  // namespace tuneit
