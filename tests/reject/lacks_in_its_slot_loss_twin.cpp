#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Softer : PolicyTag {
  using slot = slots::Loss;
  static constexpr LossKind kind = LossKind::CrossEntropy;
  static constexpr auto loss = CrossEntropy<>::loss;
  static constexpr double label_smoothing = 0.3;
  using reduction = Mean;
  using class_weights = ClassWeights<>;
};
using R = Finetune<ResNet18, Softer>;
R recipe;
