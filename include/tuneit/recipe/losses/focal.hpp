#pragma once
// Focal loss (arXiv 1708.02002), as torchvision's sigmoid_focal_loss.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

template <class... Options>
struct Focal;

/// The exponent of Focal, >= 0: how much well-classified examples are played down.
template <auto G>
struct Gamma {
  using home = Focal<Gamma>;
  static constexpr std::array numbers{Hyperparameter{.name = "focal-gamma",
                                                     .value = static_cast<double>(G),
                                                     .about = "how much well-classified examples are played down"}};
};

/// The weight of positive examples of Focal in [0, 1] (the negatives have 1 - A), or negative: none.
template <auto A>
struct Alpha {
  using home = Focal<Alpha>;
  static constexpr std::array numbers{Hyperparameter{.name = "focal-alpha",
                                                     .value = static_cast<double>(A),
                                                     .least = -1e300,
                                                     .most = 1,
                                                     .about = "weight of positive examples; negative: none"}};
};

/// Focal loss of each logit (arXiv 1708.02002): alpha_t (1 - p_t)^gamma times the sigmoid cross-entropy, as
/// torchvision's sigmoid_focal_loss. `Focal<Gamma<2>, Alpha<0.25>>` are the defaults. Targets are several labels [N, K]
/// in [0, 1], or the number of a class. The mean is over samples and logits.
template <class... Options>
struct Focal : detail::LossWithOptions<Focal<Options...>, Options...> {
  using known_options = List<Gamma<2>, Alpha<0.25>, Sum>;
  using targets = MultiLabel<0>;
  static constexpr const char* name = "Focal";
  static constexpr Mixes mixes = Mixes::OfTargets;
  static constexpr std::array numbers{detail::number_among<Gamma<2>, Options...>(),
                                      detail::number_among<Alpha<0.25>, Options...>()};
  static constexpr bool fits(Shape) { return true; }
  static std::string words(const Numbers<Focal>& n) {
    return "focal loss with gamma " + short_number(n[0]) + (n[1] >= 0 ? ", alpha " + short_number(n[1]) : "");
  }
};

}  // namespace tuneit
