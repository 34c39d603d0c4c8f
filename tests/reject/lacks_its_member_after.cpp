// build error: using after = List<policies>
// first error: LacksItsMember.*Lighter.*after
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Lighter : PolicyTag {
  static constexpr Moments acts = OnBatch;
  using after = Mixup<>;
};
using R = Finetune<ResNet18, Lighter, Mixup<>>;
R recipe;
