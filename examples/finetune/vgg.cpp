#include "recipes.hpp"

bool run_vgg(const Choices& o) {
  return choice::run_named<tuneit::Vgg11, tuneit::Vgg13, tuneit::Vgg16, tuneit::Vgg19, tuneit::Vgg11Bn, tuneit::Vgg13Bn,
                           tuneit::Vgg16Bn, tuneit::Vgg19Bn>(
      o, {"vgg11", "vgg13", "vgg16", "vgg19", "vgg11-bn", "vgg13-bn", "vgg16-bn", "vgg19-bn"},
      choice::Depths<0, 2, 5, 6>{});  // nothing, two stages, all convolutions, the backbone: a recipe each
}
