#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Lighter : PolicyTag {
  static constexpr Moments acts = OnBatch;
  using after = List<Mixup<>>;
};
using R = Finetune<ResNet18, Lighter, Mixup<>>;
R recipe;
