#pragma once
// Reasons for a refusal: networks.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// What reaches a layer of a picture of the usual side.
template <int Channels, int Height, int Width>
struct Arrives {};

/// A network with a layer that cannot take what reaches it (of a Residual: whose branches give two shapes).
template <class Model, fixed_string Block, class Shape>
struct LayersDoNotFit : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<LayersDoNotFit, Ok>,
                  "tuneit: the layers of this model do not fit together: in this block one takes other channels than "
                  "those that reach it, has a window larger than the picture, or adds two shapes; see Arrives for the "
                  "channels, height and width there");
    return Ok;
  }
};

/// What a layer is asked: which tensors it has, what comes out of it, and, where it says so at all, what it costs.
struct ItsTensors {};
struct OutputShape {};
struct ItsCost {};

/// A layer of one's own that has not said which tensors it has or what comes out of it, or not in the right types.
template <class Layer, class Question>
struct LayerLacks : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LayerLacks, Ok>,
        "tuneit: this layer has not said the thing that is named beside it. ItsTensors: constexpr void "
        "walk_tensors(Layer, Sink&) in its namespace, or in the layer using tensors = None. OutputShape: "
        "constexpr Shape output_shape(Layer, Shape) in its namespace, or in the layer using out = SameShape. "
        "ItsCost: in the layer static constexpr Cost cost(Shape in, Shape out), or nothing. Are these misspelt, "
        "or of other types?");
    return Ok;
  }
};

}  // namespace tuneit
