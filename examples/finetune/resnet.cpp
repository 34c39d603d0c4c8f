#include "recipes.hpp"

bool run_resnet(const Choices& o) {
  return choice::run_named<tuneit::ResNet18, tuneit::ResNet34, tuneit::ResNet50, tuneit::ResNet101, tuneit::ResNet152>(
      o, {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152"});
}
