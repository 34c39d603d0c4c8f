#pragma once
// Sigmoid cross-entropy of each output by itself. Formula, names and defaults are torch's.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

template <class... Options>
struct BinaryCrossEntropy;

/// Weight of the positive examples (torch's `pos_weight`, equal for all classes). > 0.
template <auto W>
struct PosWeight {
  using home = BinaryCrossEntropy<PosWeight>;
  static constexpr std::array numbers{Hyperparameter{
      .name = "pos-weight", .value = static_cast<double>(W), .open = true, .about = "weight of positive examples"}};
};

/// Sigmoid cross-entropy of each logit, targets [N, K] in [0, 1]: several labels a sample (a label that is the number
/// of a class is taken as that one of K). The mean is over samples and logits: torch's BCEWithLogitsLoss.
template <class... Options>
struct BinaryCrossEntropy : detail::LossWithOptions<BinaryCrossEntropy<Options...>, Options...> {
  using known_options = List<PosWeight<1>, Sum>;
  using targets = MultiLabel<0>;
  static constexpr const char* name = "BinaryCrossEntropy";
  static constexpr Mixes mixes = Mixes::OfTargets;
  static constexpr std::array numbers{detail::number_among<PosWeight<1>, Options...>()};
  static constexpr bool fits(Shape) { return true; }
  static std::string words(const Numbers<BinaryCrossEntropy>& n) {
    return n[0] == 1 ? "binary cross-entropy" : "binary cross-entropy, positive examples times " + short_number(n[0]);
  }
};

}  // namespace tuneit
