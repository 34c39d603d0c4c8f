#include "recipes.hpp"

using namespace tuneit;

bool run_resnet(const Choices& o) {
#ifdef TUNEIT_FEW_MODELS
  return choice::run_named<ResNet18>(o, {"resnet18"}) ||
         choice::run_named<ResNet50>(o, {"resnet50"}, choice::Depths<0>{});
#else
  return choice::run_named<ResNet18, ResNet34, ResNet50, ResNet101, ResNet152>(
      o, {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152"});
#endif
}
