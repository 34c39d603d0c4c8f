#include "recipes.hpp"

using namespace tuneit;

// Nothing, the coarse half, all but two stages, or the backbone can be frozen: a recipe each.
bool run_efficientnet_lite(const Choices& o) {
  return choice::run_named<EfficientNetLite0, EfficientNetLite1, EfficientNetLite2, EfficientNetLite3,
                           EfficientNetLite4>(
      o, {"efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "efficientnet-lite3", "efficientnet-lite4"},
      choice::Depths<0, 4, 7, 9>{});
}
