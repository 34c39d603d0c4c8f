#pragma once
// Constexpr mathematics that C++20 does not have: cosine for the schedules.

namespace tuneit::detail {

inline constexpr double pi = 3.14159265358979323846;

/// Cosine of x (radians) in constant expressions; error under 5e-16 for |x| up to a few turns (checked against
/// std::cos).
constexpr double cosine(double x) {
  const double turns = x / (2 * pi);
  long long whole = static_cast<long long>(turns);
  double r = x - static_cast<double>(whole) * 2 * pi;
  if (r < 0) r = -r;
  if (r > pi) r = 2 * pi - r;
  double sign = 1;
  if (r > pi / 2) {  // cos(r) = -cos(pi - r): the series then runs on [0, pi/2] only
    r = pi - r;
    sign = -1;
  }
  double term = 1, sum = 1;
  for (int k = 1; k <= 12; ++k) {
    term *= -r * r / ((2 * k - 1) * (2 * k));
    sum += term;
  }
  return sign * sum;
}

}  // namespace tuneit::detail
