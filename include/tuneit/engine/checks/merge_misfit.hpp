#pragma once
// At which merge do pictures of some side come to shapes that do not go together? Asked where they are refused.
#include <string>

#include "tuneit/meta/sentence.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/net/wire_log.hpp"

namespace tuneit::detail {

/// Of a network with wires: finds the first.
struct FindMergeMisfit {
  WireShapes* wires = nullptr;
  NameText block{}, in{}, wire{};
  Shape flow{}, on_wire{};
  bool found = false;

  template <class Leaf>
  constexpr void operator()(Leaf, Shape x, Shape out) {
    if constexpr (WireTag<Leaf>)
      if constexpr (Leaf::wire_use == WireUse::Merge) {
        const Shape w = wires->shape(name_hash<Leaf::wire_name>);
        if (found || !x.fits || !w.fits || out.fits) return;
        found = true;
        in = block;
        wire = name_text<Leaf::wire_name>();
        flow = x;
        on_wire = w;
      }
  }
};

/// "in its block \"dec1\" a Merge is given 24 x 24 pixels, and its wire \"c1\" has 25 x 25"; empty: no merge is to
/// blame.
template <class Model>
std::string merge_misfit(Shape picture) {
  WireShapes wires;
  put_inputs<typename Model::input>(wires, side_of(picture));
  FindMergeMisfit find{&wires};
  Shape x = picture;
  [&]<class... Blocks>(List<Blocks...>) {
    ((find.block = name_text<Blocks::name>(), x = trace(typename Blocks::layers{}, x, find)), ...);
  }(typename Model::blocks{});
  if (!find.found) return {};
  return sentence({"in its block \"", std::string(find.in.data(), find.in.size()), "\" a Merge is given ",
                   find.flow.width(), " x ", find.flow.height(), " pixels, and its wire \"",
                   std::string(find.wire.data(), find.wire.size()), "\" has ", find.on_wire.width(), " x ",
                   find.on_wire.height()});
}

}  // namespace tuneit::detail
