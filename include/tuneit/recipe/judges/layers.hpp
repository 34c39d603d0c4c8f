#pragma once
// Has every layer of a network said what it is asked? Asked once per distinct layer; which one has not is looked for
// only where one has not.
#include "tuneit/meta/member_probe.hpp"
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/net/module_network.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/net/walk.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

// What a layer says of its cost, of what it keeps, draws and reads, if it says something, is of the right type.
template <class Layer>
concept HasCost = requires {
  &Layer::cost;
};
template <class Layer>
concept HasSaved = requires {
  &Layer::saved;
};
// Who has a member of nearly the name, or one that cannot be seen, and not the right one, has misspelt it.
struct NearlyCost {
  int cost, costs, Cost, macs, flops, get_cost;
};
struct NearlySaved {
  int saved, save, saves, Saved, saved_sizes, keeps;
};
struct NearlyDraws {
  int draws, draw, Draws, drawn, draws_from, DrawsFrom;
};
struct NearlyReads {
  int reads, read, Reads, wires, Wires, reads_wires;
};
template <class Layer>
concept HasCostOrNearly = can_be_probed<Layer> && !requires {
  &MemberProbe<Layer, NearlyCost>::cost, &MemberProbe<Layer, NearlyCost>::costs, &MemberProbe<Layer, NearlyCost>::Cost,
      &MemberProbe<Layer, NearlyCost>::macs, &MemberProbe<Layer, NearlyCost>::flops,
      &MemberProbe<Layer, NearlyCost>::get_cost;
};
template <class Layer>
concept HasSavedOrNearly = can_be_probed<Layer> && !requires {
  &MemberProbe<Layer, NearlySaved>::saved, &MemberProbe<Layer, NearlySaved>::save,
      &MemberProbe<Layer, NearlySaved>::saves, &MemberProbe<Layer, NearlySaved>::Saved,
      &MemberProbe<Layer, NearlySaved>::saved_sizes, &MemberProbe<Layer, NearlySaved>::keeps;
};
template <class Layer>
concept RightCost = SaysCost<Layer> ||(!HasCost<Layer> && (Ships<Layer> || !HasCostOrNearly<Layer>));
template <class Layer>
concept RightSaved = SaysSaved<Layer> ||(!HasSaved<Layer> && (Ships<Layer> || !HasSavedOrNearly<Layer>));
template <class Layer>
concept HasDrawsOrNearly = can_be_probed<Layer> && !requires {
  &MemberProbe<Layer, NearlyDraws>::draws, &MemberProbe<Layer, NearlyDraws>::draw,
      &MemberProbe<Layer, NearlyDraws>::Draws, &MemberProbe<Layer, NearlyDraws>::drawn,
      &MemberProbe<Layer, NearlyDraws>::draws_from, &MemberProbe<Layer, NearlyDraws>::DrawsFrom;
};
template <class Layer>
concept HasReadsOrNearly = can_be_probed<Layer> && !requires {
  &MemberProbe<Layer, NearlyReads>::reads, &MemberProbe<Layer, NearlyReads>::read,
      &MemberProbe<Layer, NearlyReads>::Reads, &MemberProbe<Layer, NearlyReads>::wires,
      &MemberProbe<Layer, NearlyReads>::Wires, &MemberProbe<Layer, NearlyReads>::reads_wires;
};
template <class Layer>
concept RightDraws = Ships<Layer> || SaysDraws<Layer> || !HasDrawsOrNearly<Layer>;
template <class Layer>
concept RightReads = Ships<Layer> || ReadsWires<Layer> || !HasReadsOrNearly<Layer>;

// The former spelling, free functions in the namespace of the layer: nobody asks them any more.
struct FormerSink {
  constexpr void tensor(std::string_view, Kind, Owner, std::initializer_list<int>) {}
};
template <class Layer>
concept TensorsBeside = requires(Layer layer, FormerSink& sink) {
  walk_tensors(layer, sink);
};
template <class Layer>
concept ShapeBeside = requires(Layer layer, Shape in) {
  output_shape(layer, in);
};
template <class Layer>
concept CostBeside = requires(Layer layer, Shape s) {
  leaf_cost(layer, s, s);
};

/// Has a leaf said everything, and everything where it is asked? Of one whose computation is a module's, only the
/// tensors.
template <class Leaf>
inline constexpr bool says_tensors = SaysTensors<Leaf> && !TensorsBeside<Leaf>;
template <class Leaf>
inline constexpr bool says_all = says_tensors<Leaf>&& SaysShape<Leaf>&& RightCost<Leaf>&& RightSaved<Leaf>&&
                                     RightDraws<Leaf>&& RightReads<Leaf>&& merges_rightly<Leaf> &&
                                 !ShapeBeside<Leaf> && !CostBeside<Leaf>;

/// What a layer (or something put together of layers) owes: of one whose computation is a module's, only the tensors.
template <class Layer, bool AlsoShape = true>
struct JudgeLayer
    : judge_all<Demand<!TensorsBeside<Layer> && (!AlsoShape || (!ShapeBeside<Layer> && !CostBeside<Layer>)),
                       OldSpelling<Layer>>,
                Demand<SaysTensors<Layer>, LayerLacks<Layer, ItsTensors>>,
                Demand<!AlsoShape || SaysShape<Layer>, LayerLacks<Layer, OutputShape>>,
                Demand<!AlsoShape || RightCost<Layer>, LayerLacks<Layer, ItsCost>>,
                Demand<!AlsoShape || RightSaved<Layer>, LayerLacks<Layer, ItsSaved>>,
                Demand<!AlsoShape || RightDraws<Layer>, LayerLacks<Layer, ItsDraws>>,
                Demand<!AlsoShape || RightReads<Layer>, LayerLacks<Layer, ItsReads>>> {};
template <class Fn, fixed_string Wire, bool AlsoShape>
struct JudgeLayer<Merge<Fn, Wire>, AlsoShape> : Demand<SaysMergedShape<Fn>, LayerLacks<Fn, MergedShape>> {};
template <Composite Layer, bool AlsoShape>
struct JudgeLayer<Layer, AlsoShape> : JudgeLayer<typename Layer::layers, AlsoShape> {};
template <class... Layers, bool AlsoShape>
struct JudgeLayer<Seq<Layers...>, AlsoShape> : judge_all<JudgeLayer<Layers, AlsoShape>...> {};
template <fixed_string Name, class... Layers, bool AlsoShape>
struct JudgeLayer<Named<Name, Layers...>, AlsoShape> : judge_all<JudgeLayer<Layers, AlsoShape>...> {};
template <int First, int Count, class Layer, bool AlsoShape>
struct JudgeLayer<Repeat<First, Count, Layer>, AlsoShape> : JudgeLayer<Layer, AlsoShape> {};
template <class Body, class Shortcut, bool AlsoShape>
struct JudgeLayer<Residual<Body, Shortcut>, AlsoShape>
    : judge_all<JudgeLayer<Body, AlsoShape>, JudgeLayer<Shortcut, AlsoShape>> {};
template <class... Layers, bool AlsoShape>
struct JudgeLayer<Declared<Layers...>, AlsoShape> : judge_all<JudgeLayer<Layers, false>...> {};

template <class... Layers>
inline constexpr bool says_all<Declared<Layers...>> = (JudgeLayer<Layers, false>::type::accepted && ...);

template <class Blocks>
struct JudgeBlocks;
template <class... Blocks>
struct JudgeBlocks<List<Blocks...>> : judge_all<JudgeLayer<typename Blocks::layers>...> {};

/// The first layer that has not said everything.
template <class Model, bool AllSaid>
struct JudgeLayers : JudgeBlocks<typename Model::blocks> {};
template <class Model>
struct JudgeLayers<Model, true> {
  using type = Accepted;
};

}  // namespace tuneit::detail
