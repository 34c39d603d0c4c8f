// build error: this one lacks the member that is named last
// first error: LacksInItsSlot.*Softer.*reduction
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Softer : PolicyTag {
  using slot = slots::Loss;
  static constexpr LossKind kind = LossKind::CrossEntropy;
  static constexpr auto loss = CrossEntropy<>::loss;
  static constexpr double label_smoothing = 0.3;
};
using R = Finetune<ResNet18, Softer>;
R recipe;
