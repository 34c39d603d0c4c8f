#include <tuneit/recipe.hpp>
using namespace tuneit;
template <class S>
struct Sloped : AdapterTag {
  using selector = S;
  template <class Leaf>
  struct on {};
  template <int C, NormOptions O>
  struct on<BatchNorm2d<C, O>> {
    using type = Seq<BatchNorm2d<C, O>, Named<"scale", Linear<C, C>>>;
  };
};
using R = Finetune<ResNet18, ReplaceHead<2>, Lora<Modules<"conv1">>>;
R recipe;
