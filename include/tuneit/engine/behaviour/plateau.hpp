#pragma once
// How far has the rate of a schedule that watches the loss fallen?
#include <optional>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/recipe/schedules/plateau.hpp"

namespace tuneit::detail {

template <class S, class R>
requires StandsIn<S, slots::Schedule>
struct SlotBehaviour<S, R> {
  template <class C>
  [[nodiscard]] double on_rate(double rate, const C& c) const {
    return rate * (state_ ? state_->factor : S::start(c.numbers.data()).factor);
  }
  template <class C>
  Training on_epoch(const EpochResult& result, const C& c) {
    if (!state_) state_ = S::start(c.numbers.data());
    state_->observe(result.watched_loss(), !result.monitor.empty() && !result.monitor_lower_is_better);
    return Training::Continue;
  }
  void state(Archive& a) { a("plateau", state_); }

 private:
  std::optional<PlateauState> state_;
};

}  // namespace tuneit::detail
