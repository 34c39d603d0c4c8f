#include "recipes.hpp"

bool run_efficientnet_lite(const Choices& o) {
  return choice::run_named<tuneit::EfficientNetLite0, tuneit::EfficientNetLite1, tuneit::EfficientNetLite2,
                           tuneit::EfficientNetLite3, tuneit::EfficientNetLite4>(
      o,
      {"efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "efficientnet-lite3", "efficientnet-lite4"});
}
