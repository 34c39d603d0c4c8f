#pragma once
// Losses of regression that outliers move less: squared near the target, absolute far from it. Formulas, names and
// defaults are torch's.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

template <class... Options>
struct Huber;
template <class... Options>
struct SmoothL1;

/// Of Huber, > 0: from which difference on it is no longer squared.
template <auto D>
struct Delta {
  using home = Huber<Delta>;
  static constexpr std::array numbers{Hyperparameter{
      .name = "huber-delta", .value = static_cast<double>(D), .open = true, .about = "up to here errors are squared"}};
};

/// Of SmoothL1, >= 0: the same, and what it is divided by; 0 is the absolute difference.
template <auto B>
struct Beta {
  using home = SmoothL1<Beta>;
  static constexpr std::array numbers{Hyperparameter{
      .name = "smooth-l1-beta", .value = static_cast<double>(B), .about = "up to here errors are squared"}};
};

/// d^2 / 2 of a difference d of output and target [N, K] up to delta, delta (|d| - delta / 2) behind it: torch's
/// HuberLoss. `Huber<Delta<1>>` is the default. The mean is over samples and outputs.
template <class... Options>
struct Huber : detail::LossWithOptions<Huber<Options...>, Options...> {
  using known_options = List<Delta<1>, Sum>;
  using targets = Values<0>;
  static constexpr const char* name = "Huber";
  static constexpr std::array numbers{detail::number_among<Delta<1>, Options...>()};
  static constexpr bool fits(Shape) { return true; }
  static std::string words(const Numbers<Huber>& n) { return "Huber loss with delta " + short_number(n[0]); }
};

/// d^2 / (2 beta) of a difference d of output and target [N, K] below beta, |d| - beta / 2 from it on: torch's
/// SmoothL1Loss. `SmoothL1<Beta<1>>` is the default. The mean is over samples and outputs.
template <class... Options>
struct SmoothL1 : detail::LossWithOptions<SmoothL1<Options...>, Options...> {
  using known_options = List<Beta<1>, Sum>;
  using targets = Values<0>;
  static constexpr const char* name = "SmoothL1";
  static constexpr std::array numbers{detail::number_among<Beta<1>, Options...>()};
  static constexpr bool fits(Shape) { return true; }
  static std::string words(const Numbers<SmoothL1>& n) { return "smooth L1 loss with beta " + short_number(n[0]); }
};

}  // namespace tuneit
