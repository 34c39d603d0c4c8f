#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Halve : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
};
using R = Finetune<ResNet18, Halve, ClipNorm<1>>;
R recipe;
