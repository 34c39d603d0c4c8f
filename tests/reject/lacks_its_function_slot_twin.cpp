#include <tuneit/recipe.hpp>
using namespace tuneit;
struct MyLoss : CrossEntropy<> {
  using slot = slots::Loss;
};
using R = Finetune<ResNet18, MyLoss>;
R recipe;
