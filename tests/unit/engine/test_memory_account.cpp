// What memory<R> says before anything runs is what the tensors of a step take: held against the arena's peak. All
// models of the zoo: bench/memory.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

// A VGG without batch norm in all but the width of its hidden layers, whose weights would hide what activations take.
struct NarrowVgg final : vgg::Architecture<false, 1, 1, 2, 2, 2, 24>::network {};

// Bytes of everything that a training makes: weights, and three steps.
template <class R>
double measured(int batch, int side) {
  Arena& arena = Arena::instance();
  const ArenaScope memory;
  arena.restart_peak();
  const auto before = static_cast<double>(arena.statistics().peak_bytes);
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> trainer(s);
  const at::Tensor x = at::randn({batch, 3, side, side}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor y = at::randint(2, {batch}, at::kLong);
  for (int step = 0; step < 3; ++step) trainer.step(x, y, 3);
  return static_cast<double>(arena.statistics().peak_bytes) - before;
}

}  // namespace

TEST_CASE("the account of a VGG without batch norm is what a step takes, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  using Whole = Finetune<NarrowVgg, ReplaceHead<2>, Precision<FP32>>;
  using Half = Finetune<NarrowVgg, ReplaceHead<2>, Freeze<Layers<0, 3>>, Precision<FP32>>;
  constexpr int batch = 16, side = 128;
  CHECK(static_cast<double>(memory<Whole>(batch, side).total()) / measured<Whole>(batch, side) ==
        Approx(1).margin(0.05));
  CHECK(static_cast<double>(memory<Half>(batch, side).total()) / measured<Half>(batch, side) == Approx(1).margin(0.05));
}
