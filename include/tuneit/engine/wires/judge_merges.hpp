#pragma once
// Has every way to merge of one's own said how it runs, and back? Asked where a trainer is made, so that what lacks is
// told there and not from within its passes.
#include "tuneit/engine/wires/tags.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit::detail {

/// What an own way to merge lacks.
template <class Fn>
struct JudgeMergeFn : judge_all<Demand<MergesForward<Fn>, LayerLacks<Fn, MergeForward>>,
                                Demand<MergesBackward<Fn>, LayerLacks<Fn, MergeBackward>>> {};
template <>
struct JudgeMergeFn<Add> : Type<Accepted> {};
template <>
struct JudgeMergeFn<Multiply> : Type<Accepted> {};
template <>
struct JudgeMergeFn<Concat> : Type<Accepted> {};

/// The first that lacks something in a layer.
template <class Layer>
struct JudgeMerges : Type<Accepted> {};
template <class Fn, fixed_string Wire>
struct JudgeMerges<Merge<Fn, Wire>> : JudgeMergeFn<Fn> {};
template <Composite Layer>
struct JudgeMerges<Layer> : JudgeMerges<typename Layer::layers> {};
template <class... Layers>
struct JudgeMerges<Seq<Layers...>> : judge_all<JudgeMerges<Layers>...> {};
template <class... Layers>
struct JudgeMerges<List<Layers...>> : judge_all<JudgeMerges<Layers>...> {};
template <fixed_string Name, class... Layers>
struct JudgeMerges<Named<Name, Layers...>> : judge_all<JudgeMerges<Layers>...> {};
template <int First, int Count, class Layer>
struct JudgeMerges<Repeat<First, Count, Layer>> : JudgeMerges<Layer> {};
template <class Body, class Shortcut>
struct JudgeMerges<Residual<Body, Shortcut>> : judge_all<JudgeMerges<Body>, JudgeMerges<Shortcut>> {};

/// Of a network; one without wires is not gone through.
template <class Model, bool HasWires>
struct JudgeMergesOf : JudgeMerges<typename Model::blocks> {};
template <class Model>
struct JudgeMergesOf<Model, false> : Type<Accepted> {};

}  // namespace tuneit::detail
