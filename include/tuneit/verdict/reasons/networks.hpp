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

/// A layer with a tensor that is tied to one that no layer before it has, or not of this shape and kind.
template <class Model, fixed_string Tensor>
struct TiedToNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TiedToNothing, Ok>,
                  "tuneit: this tensor is tied to one that no layer before it has under that name, or that has another "
                  "shape there: Tied<\"word.weight\"> behind Named<\"word\", Embedding<1000, 64>>, of the shape [1000, "
                  "64], with the whole name that files have");
    return Ok;
  }
};

/// What a layer is asked: which tensors it has, what comes out of it, and, where it says so at all, what it costs, what
/// it keeps for its way back, where its random numbers come from and which wires it reads; and, of the engine, how it
/// runs.
struct ItsTensors {};
struct OutputShape {};
struct ItsCost {};
struct ItsSaved {};
struct ItsDraws {};
struct ItsReads {};
struct ItsForward {};
struct ItsBackward {};
/// What a way to merge is asked: what comes out, and how it runs there and back.
struct MergedShape {};
struct MergeForward {};
struct MergeBackward {};

/// A layer of one's own that has not said which tensors it has or what comes out of it, or not in the right types.
template <class Layer, class Question>
struct LayerLacks : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (std::is_same_v<Question, MergedShape> || std::is_same_v<Question, MergeForward> ||
                  std::is_same_v<Question, MergeBackward>)
      static_assert(
          mended<LayerLacks, Ok>,
          "tuneit: this way to merge lacks what is named beside it, or it is misspelt, private or of other types. "
          "MergedShape: static constexpr Shape out(Shape x, Shape w) { return x; }. MergeForward: static at::Tensor "
          "forward(const at::Tensor& x, const at::Tensor& w). MergeBackward: static std::pair<at::Tensor, at::Tensor> "
          "backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w), the gradients of x and w");
    else if constexpr (std::is_same_v<Question, ItsForward> || std::is_same_v<Question, ItsBackward>)
      static_assert(
          mended<LayerLacks, Ok>,
          "tuneit: how this layer runs is not said, misspelt, private or of other types. ItsForward: `template <auto "
          "F> struct "
          "tuneit::Forward<Own, F>` with `static at::Tensor run(at::Tensor x, const Context& c)`. ItsBackward: in its "
          "Train "
          "`using Saved`, `static at::Tensor forward(at::Tensor x, Saved&, const Context&)`, `static Gradient "
          "backward(Gradient dy, Saved&, const Context&)`");
    else
      static_assert(
          mended<LayerLacks, Ok>,
          "tuneit: this layer has not said the thing that is named beside it, or it is misspelt, private or of another "
          "type; these are members of the layer. ItsTensors: template <class Sink> static constexpr void tensors(Sink& "
          "s) { "
          "s.tensor(\"w\", Kind::Weight, {4}); }, or using tensors = None. OutputShape: static constexpr Shape "
          "out(Shape in), "
          "or using out = SameShape. These may be left out: ItsCost: static constexpr Cost cost(Shape in, Shape out). "
          "ItsSaved: "
          "static constexpr SavedSizes saved(Shape in, Shape out, Facts f). ItsDraws: static constexpr DrawsFrom draws "
          "= "
          "DrawsFrom::Nothing. ItsReads: using reads = Wires<\"name\">");
    return Ok;
  }
};

/// A layer that answers by functions in its namespace, as it once did; members do so now.
template <class Layer>
struct OldSpelling : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<OldSpelling, Ok>,
        "tuneit: this layer answers by free functions (walk_tensors, output_shape, leaf_cost), which nobody asks any "
        "more; make them members of the layer: template <class Sink> static constexpr void tensors(Sink& s), static "
        "constexpr Shape out(Shape in), static constexpr Cost cost(Shape in, Shape out)");
    return Ok;
  }
};

}  // namespace tuneit
