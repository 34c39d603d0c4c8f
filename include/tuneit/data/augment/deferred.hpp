#pragma once
// Which steps of a picture are left to whoever finishes whole batches of bytes? No LibTorch.
#include <algorithm>
#include <vector>

#include "tuneit/data/augment/erase.hpp"

namespace tuneit::data {

/// What was drawn for a picture and is not done to its bytes: to be mirrored and turned over, and behind the
/// normalisation a rectangle for each RandomErasing of the transforms (of no pixels: none).
struct Deferred {
  bool mirrored = false, turned_over = false;
  std::vector<Erased> erased{};

  [[nodiscard]] bool erases() const {
    return std::any_of(erased.begin(), erased.end(), [](const Erased& e) { return e.box.height * e.box.width > 0; });
  }
};

}  // namespace tuneit::data
