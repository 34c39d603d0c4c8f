#pragma once
// Small networks behind layers.
#include "tuneit/net/rewrite/bottleneck.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/rewrites/lora.hpp"

namespace tuneit {

/// Behind each linear layer and convolution that S selects: x + up(relu(down(x))), to Size numbers and back, in each
/// pixel or token (arXiv 1902.00751). Its tensors are "adapter.down.weight" and so on, within the layer's module. What
/// moves is as for Lora.
template <class S, int Size>
struct Adapter : AdapterTag {
  using selector = S;
  template <class Leaf>
  struct on {};
  template <int In, int Out, bool B>
  requires(Out != Dynamic) struct on<Linear<In, Out, B>> {
    using type = Seq<Linear<In, Out, B>, Named<"adapter", Bottleneck<Out, Size>>>;
  };
  template <int In, int Out, Window W, bool B>
  struct on<Conv2d<In, Out, W, B>> {
    using type = Seq<Conv2d<In, Out, W, B>, Named<"adapter", Bottleneck<Out, Size>>>;
  };
  template <class Model>
  using judge = detail::JudgeNumber<Adapter, (Size >= 1)>;
};

}  // namespace tuneit
