#pragma once
// A policy of one's own with a number that changes from step to step.
#include <array>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

namespace {

using namespace tuneit;

/// Gradients grow by a share that each step has of its own. Says: it is read where the device has it, as is meant, or
/// is a number of the host. Announces: that it may be replayed.
template <bool Says, bool Announces = true>
struct Grown : PolicyTag {
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Add;
  static constexpr Effects effects{.replays = Announces};
  template <class C>
  std::array<double, 1> step_numbers(const C& c) const {
    return {1 + 0.125 * static_cast<double>(c.at.step)};
  }
  template <class C>
  void on_gradients(const C& c) const {
    for (at::Tensor g : c.gradients) {
      if (const DeviceScalar share = c.step_number(*this); Says && share.on_device())
        g.mul_(share.tensor());
      else
        g.mul_(step_numbers(c)[0]);
    }
  }
};

}  // namespace
