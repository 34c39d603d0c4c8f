#pragma once
// What a training takes, by the arena's peak.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"

namespace tuneit::test {

// Bytes of everything that a training makes: weights, and three steps.
template <class R>
double measured_bytes(int batch, int side) {
  using namespace tuneit;
  Arena& arena = Arena::instance();
  const ArenaScope memory;
  arena.restart_peak();
  const auto before = static_cast<double>(arena.statistics().peak_bytes);
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s);
  const at::Tensor x = at::randn({batch, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = at::randint(2, {batch}, at::kLong);
  for (int step = 0; step < 3; ++step) {
    if constexpr (Trainer<R>::takes_several) {
      data::Batch b{x, y, {}};
      b.index.resize(static_cast<std::size_t>(batch));
      trainer.step(b, 3);
    } else {
      trainer.step(x, y, 3);
    }
  }
  return static_cast<double>(arena.statistics().peak_bytes) - before;
}

}  // namespace tuneit::test
