#pragma once
// A network as a PyTorch module: what is made of layers, and the whole.
#include <string>

#include "tuneit/export/modules/layers.hpp"
#include "tuneit/export/modules/rewrites.hpp"
#include "tuneit/export/modules/tokens.hpp"
#include "tuneit/export/modules/wires.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/net/wire_plan.hpp"

namespace tuneit::python {

// --- what is made of layers
template <class Layer>
void write_layer(ModuleText& t) {
  t.layer(tensor_count<Layer>, [&] { write_python(Layer{}, t); });
}
template <Composite Layer>
void write_python(Layer, ModuleText& t) {
  write_layer<typename Layer::layers>(t);
}
template <class... Layers>
void write_python(Seq<Layers...>, ModuleText& t) {
  (write_layer<Layers>(t), ...);
}
template <fixed_string Name, class... Layers>
void write_python(Named<Name, Layers...>, ModuleText& t) {
  t.named(Name.data(), sizeof...(Layers) == 1, [&] { (write_layer<Layers>(t), ...); });
}
template <int First, int Count, class Layer>
void write_python(Repeat<First, Count, Layer>, ModuleText& t) {
  const int outside = t.turn;
  for (t.turn = First; t.turn < First + Count; ++t.turn)
    t.named(std::to_string(t.turn), false, [&] { t.scope(tensor_count<Layer>, [&] { write_layer<Layer>(t); }); });
  t.turn = outside;
}
template <class Body, class Shortcut>
void write_python(Residual<Body, Shortcut>, ModuleText& t) {
  const std::string around = t.fresh("shortcut"), through = t.x;
  t.line(around + " = " + through);
  write_layer<Body>(t);
  t.x = around;
  write_layer<Shortcut>(t);
  t.x = through;
  t.line(through + " = " + through + " + " + around);
}

/// The text of a whole network; foreign: see ModuleText.
template <class Model>
ModuleText write_network(bool foreign = false) {
  ModuleText text;
  text.foreign = foreign;
  if (Model::input::side == 1 || tuneit::detail::takes_tokens<typename Model::input::first>) text.form = Form::Vector;
  if constexpr (tuneit::detail::has_wires<Model>) {
    const auto input = [&]<class In>(Type<In>) {
      text.other_inputs.emplace_back(In::name.data(), In::name.size());
      if (In::side == 1 || tuneit::detail::takes_tokens<In>) text.form = Form::Vector;
      text.save(text.other_inputs.back());
    };
    const Form first = text.form;
    [&]<class... Others>(List<Others...>) { (input(Type<Others>{}), ...); }(typename Model::input::others{});
    text.form = first;
    text.several_outputs = 1 < tuneit::detail::output_count<Model>;
    if (!text.other_inputs.empty())
      text.line("wires = dict(zip(" + quoted_list(text.other_inputs, 40) + ", others))");
    else if (tuneit::detail::wire_log<Model>.wires > 0)
      text.line("wires = {}");
    if (text.several_outputs) text.line("outputs = {}");
  }
  const auto one = [&]<class B>(Type<B>) {
    text.line("# " + std::string(B::name.data(), B::name.size()));
    text.scope(tensor_count<typename B::layers>, [&] { write_layer<typename B::layers>(text); });
  };
  [&]<class... Blocks>(List<Blocks...>) { (one(Type<Blocks>{}), ...); }(typename Model::blocks{});
  text.line(text.several_outputs ? "return outputs" : "return x");
  return text;
}

}  // namespace tuneit::python
