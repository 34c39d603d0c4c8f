#pragma once
// When does a training end early?
#include <limits>

namespace tuneit {

/// Keras' EarlyStopping (mode min, restore_best_weights left to BestWeights) as a state machine: told a loss after each
/// epoch, it says whether the training goes on. It ends after `patience` epochs none of which was lower than the best
/// by more than `min_delta`. A loss that is no number is not lower.
struct EarlyStopState {
  double best = std::numeric_limits<double>::infinity();
  long long waited = 0;

  constexpr bool observe(double loss, double patience, double min_delta) {
    if (loss < best - min_delta) {
      best = loss;
      waited = 0;
      return true;
    }
    return static_cast<double>(++waited) < patience;
  }
};

}  // namespace tuneit
