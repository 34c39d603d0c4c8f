#pragma once
// How few digits say a number?
#include <cstdio>
#include <cstdlib>

namespace tuneit::detail {

/// The shortest decimal that is the same double, as printf's %g and the locale write it.
struct Shortest {
  char text[32];

  explicit Shortest(double x) {
    for (int digits = 1; digits <= 17; ++digits) {
      std::snprintf(text, sizeof text, "%.*g", digits, x);
      if (std::strtod(text, nullptr) == x) break;
    }
  }
};

}  // namespace tuneit::detail
