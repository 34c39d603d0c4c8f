// build error: at the same Order
// first error: SameOrder.*Halve.*ClipNorm
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Halve : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
};
using R = Finetune<ResNet18, Halve, ClipNorm<1>>;
R recipe;
