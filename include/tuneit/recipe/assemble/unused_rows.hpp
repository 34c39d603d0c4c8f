#pragma once
// Which tensors does no output with a loss depend on? Their gradient is none at all, so they do not train.
#include <array>
#include <cstddef>
#include <cstdint>

#include "tuneit/net/table.hpp"
#include "tuneit/net/wire_log.hpp"
#include "tuneit/recipe/losses/outputs.hpp"

namespace tuneit::detail {

/// Goes through a network from its end to its beginning: does anything that is used still depend on what flows, and on
/// what lies on each wire? A wire ends, this way, at its Save. Unused: a list of On<...>.
template <class Model, class Unused>
class UsedRows {
  static constexpr const auto& log = wire_log<Model>;

 public:
  std::array<bool, table<Model>.size> rows{};  ///< of the tensors that something used depends on

  template <class... Blocks>
  constexpr explicit UsedRows(List<Blocks...>) : flow_(log.outputs == 0) {
    back<0>(List<typename Blocks::layers...>{}, 0);
  }

 private:
  // Layers one after the other, whose tensors begin at `at`: the last ones first.
  template <int, class Layer, class... Rest>
  constexpr void back(List<Layer, Rest...>, std::size_t at) {
    back<0>(List<Rest...>{}, at + tensor_count<Layer>);
    walk(Layer{}, at);
  }
  template <int>
  constexpr void back(List<>, std::size_t) {}

  template <class Leaf>
  constexpr void walk(Leaf, [[maybe_unused]] std::size_t at) {
    if constexpr (!WireTag<Leaf>) {
      for (std::size_t i = 0; i < tensor_count<Leaf>; ++i) rows[at + i] = flow_;
      if constexpr (ReadsWires<Leaf>)
        for (const std::uint64_t name : Leaf::reads::names) read(name);
    } else if constexpr (use_of<Leaf> == WireUse::Output) {
      flow_ = flow_ || !is_unused<Model>(output_index<Model>(name_hash<Leaf::wire_name>), Unused{});
    } else if constexpr (use_of<Leaf> == WireUse::Save) {
      bool& wire = wire_of(name_hash<Leaf::wire_name>);
      flow_ = flow_ || wire;
      wire = false;
    } else {
      read(name_hash<Leaf::wire_name>);
      if constexpr (use_of<Leaf> == WireUse::From) flow_ = false;
    }
  }
  template <Composite Layer>
  constexpr void walk(Layer, std::size_t at) {
    walk(typename Layer::layers{}, at);
  }
  template <class... Layers>
  constexpr void walk(Seq<Layers...>, std::size_t at) {
    back<0>(List<Layers...>{}, at);
  }
  template <fixed_string Name, class... Layers>
  constexpr void walk(Named<Name, Layers...>, std::size_t at) {
    back<0>(List<Layers...>{}, at);
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>, std::size_t at) {
    for (std::size_t i = Count; i-- > 0;) walk(Layer{}, at + i * tensor_count<Layer>);
  }
  template <class Body, class Shortcut>
  constexpr void walk(Residual<Body, Shortcut>, std::size_t at) {
    const bool sum = flow_;
    walk(Body{}, at);
    const bool body = flow_;
    flow_ = sum;
    walk(Shortcut{}, at + tensor_count<Body>);  // it runs before the body
    flow_ = flow_ || body;
  }

  constexpr void read(std::uint64_t name) {
    if (flow_) wire_of(name) = true;
  }
  constexpr bool& wire_of(std::uint64_t name) {
    int i = 0;
    while (i < count_ && names_[i] != name) ++i;
    if (i == count_) names_[count_++] = name;
    return used_[i];
  }

  bool flow_;
  int count_ = 0;
  std::uint64_t names_[log.count + 1]{};
  bool used_[log.count + 1]{};
};

/// The same of a recipe's outputs.
template <class Parts>
inline constexpr auto used_rows =
    UsedRows<typename Parts::model, typename Parts::unused::names>(typename Parts::model::blocks{}).rows;

/// Parameters that only unused outputs depend on stand still, as those do in PyTorch whose gradient is None: no decay,
/// no momentum. (Running statistics there move, as in PyTorch: the pass forward is through the whole network.) Where no
/// output is used the recipe is refused for that, not for what stands still.
template <class Parts, class PlanType>
constexpr void still_unused(PlanType& plan) {
  bool any = false;
  for (const bool used : used_rows<Parts>) any = any || used;
  if (!any) return;
  for (std::size_t i = 0; i < plan.size; ++i)
    if (!table<typename Parts::model>.rows[i].is_buffer() && !used_rows<Parts>[i]) plan.rows[i].frozen = true;
}

}  // namespace tuneit::detail
