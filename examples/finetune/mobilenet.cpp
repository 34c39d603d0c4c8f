#include "recipes.hpp"

// Nothing, the coarse half, all but two stages, or the backbone can be frozen: a recipe each.
bool run_mobilenet(const Choices& o) {
  return choice::run_named<tuneit::MobileNetV2>(o, {"mobilenet-v2"}, choice::Depths<0, 4, 6, 9>{});
}
