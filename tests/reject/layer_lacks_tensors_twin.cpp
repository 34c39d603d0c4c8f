#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Half : LayerTag {
  using tensors = None;
  using out = SameShape;
};
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3}>>, Half>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
