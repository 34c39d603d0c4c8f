#include <tuneit/recipe.hpp>
using namespace tuneit;
template <int C>
struct Swish : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    sink.tensor("beta", Kind::Weight, {C});
  }
  using out = SameShape;
};
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3}>>, Named<"act", Swish<4>>>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
