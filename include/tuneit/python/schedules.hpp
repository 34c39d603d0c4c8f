#pragma once
// Schedules as Python expressions of `t` (the step), `spe` (steps per epoch), `total` and `warmup` (steps).
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/schedules.hpp"

namespace tuneit::python {

/// A number as Python reads it, exactly.
inline std::string number(double x) {
  for (int digits = 4; digits <= 17; ++digits) {
    std::string text = short_number(x, digits);
    if (std::strtod(text.c_str(), nullptr) == x) return text;
  }
  return short_number(x, 17);
}
template <class D>
std::string steps(double n) {
  return detail::is_epochs<D> ? "round(" + number(n) + " * spe)" : number(n);
}

/// The factor on the rate. A schedule without a specialisation is written as a table (script.hpp).
template <class S>
struct Factor {
  static constexpr bool known = false;
};
template <>
struct Factor<Constant> {
  static constexpr bool known = true;
  static std::string text(const double*) { return "1.0"; }
};
template <class Period, auto G>
struct Factor<StepLr<Period, G>> {
  static constexpr bool known = true;
  static std::string text(const double* n) { return number(n[1]) + " ** (t // " + steps<Period>(n[0]) + ")"; }
};
template <>
struct Factor<CosineLr> {
  static constexpr bool known = true;
  static std::string text(const double*) {
    return "max(0.0, 0.5 * (1 + math.cos(math.pi * (t - warmup) / max(1, total - warmup))))";
  }
};

}  // namespace tuneit::python
