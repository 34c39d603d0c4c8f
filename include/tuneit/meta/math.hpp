#pragma once
// Constexpr mathematics that C++20 does not have, for schedules.
#include <limits>

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

/// Square root of x >= 0 by Newton's iteration, to the last bit or the one before it.
constexpr double square_root(double x) {
  if (x <= 0) return 0;
  double scale = 1;
  while (x > 4) x /= 4, scale *= 2;
  while (x < 1) x *= 4, scale /= 2;
  double r = 0.5 * (1 + x);
  for (int i = 0; i < 6; ++i) r = 0.5 * (r + x / r);
  return scale * r;
}

/// e^x: halves the argument until its series is short, then squares back. Relative error under 1e-14 for |x| < 100.
/// Where e^|x| is too large for a double, 0 or infinity (an overflow would be no constant expression).
constexpr double exponential(double x) {
  if (x < -709) return 0;
  if (x > 709) return std::numeric_limits<double>::infinity();
  if (x < 0) return 1 / exponential(-x);
  int doublings = 0;
  while (x > 0.5) x /= 2, ++doublings;
  double term = 1, sum = 1;
  for (int k = 1; k <= 14; ++k) sum += term *= x / k;
  while (doublings-- > 0) sum *= sum;
  return sum;
}

/// Natural logarithm of x > 0: a power of two taken out, then the series of atanh.
constexpr double logarithm(double x) {
  int twos = 0;
  while (x > 1.5) x /= 2, ++twos;
  while (x < 0.75) x *= 2, --twos;
  const double z = (x - 1) / (x + 1);
  double power = z, sum = 0;
  for (int k = 1; k <= 41; k += 2, power *= z * z) sum += power / k;
  return 2 * sum + twos * 0.69314718055994530942;
}

/// base^exponent for base >= 0; whole exponents by multiplication.
constexpr double power(double base, double exponent) {
  if (exponent == 0) return 1;
  if (base <= 0) return 0;
  const auto whole = static_cast<long long>(exponent);
  if (static_cast<double>(whole) == exponent && whole < 4096 && whole > -4096) {
    double result = 1, factor = base;
    for (long long n = whole < 0 ? -whole : whole; n > 0; n /= 2, factor *= factor)
      if (n % 2 == 1) result *= factor;
    return whole < 0 ? 1 / result : result;
  }
  return exponential(exponent * logarithm(base));
}

}  // namespace tuneit::detail
