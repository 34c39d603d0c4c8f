#pragma once
// Has every layer of a network said what it is asked? Asked once per distinct layer; which one has not is looked for
// only where one has not.
#include "tuneit/net/module_network.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/net/walk.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

// What a layer says of its cost, if it says something, is a Cost.
template <class Layer>
concept HasCost = requires {
  &Layer::cost;
};
template <class Layer>
concept RightCost = (!HasCost<Layer> || SaysCost<Layer>)&&requires(Layer layer, Shape s) {
  { leaf_cost(layer, s, s) } -> std::same_as<Cost>;
};

/// What a layer (or something put together of layers) owes: of one whose computation is a module's, only the tensors.
template <class Layer, bool AlsoShape = true>
struct JudgeLayer : judge_all<Demand<SaysTensors<Layer>, LayerLacks<Layer, ItsTensors>>,
                              Demand<!AlsoShape || SaysShape<Layer>, LayerLacks<Layer, OutputShape>>,
                              Demand<!AlsoShape || RightCost<Layer>, LayerLacks<Layer, ItsCost>>> {};
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

/// Has a leaf said everything?
template <class Leaf>
inline constexpr bool says_all = SaysTensors<Leaf>&& SaysShape<Leaf>&& RightCost<Leaf>;
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
