#pragma once
// When does a training end early?
#include <limits>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/recipe/behaviour/early_stop.hpp"

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

template <class P, auto MinDelta, class R>
struct Behaviour<EarlyStop<P, MinDelta>, R> {
  template <class C>
  Training on_epoch(const EpochResult& result, const C& c) {
    return state_.observe(result.watched_loss(), c.numbers[0], c.numbers[1]) ? Training::Continue : Training::Stop;
  }
  void state(Archive& a) {
    a("best", state_.best);
    a("waited", state_.waited);
  }

 private:
  EarlyStopState state_;
};

}  // namespace tuneit
