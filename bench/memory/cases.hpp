#pragma once
// memory<R> against what a process really takes: each recipe trains a few steps in a process of its own.
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cstdint>
#include <vector>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

namespace bench::memory {

struct Case {
  const char* name;
  std::int64_t predicted;
  void (*train)(int steps);
};

std::vector<Case> resnet18();
std::vector<Case> deep();
std::vector<Case> efficientnet();

/// A recipe with a batch size, on pictures of side x side pixels.
template <class R, int Batch, int Side = 224>
Case make(const char* name) {
  return {name, tuneit::memory<R>(Batch, Side).total(), [](int steps) {
            tuneit::Settings s = tuneit::defaults<R>();
            s.device = tuneit::DeviceKind::Cpu;
            tuneit::Trainer<R> trainer(s);
            const at::Tensor x =
                at::randn({Batch, 3, Side, Side}).to(trainer.numbers()).contiguous(at::MemoryFormat::ChannelsLast);
            const at::Tensor y = at::randint(2, {Batch}, at::kLong);
            for (int i = 0; i < steps; ++i) trainer.step(x, y, steps);
          }};
}

}  // namespace bench::memory
