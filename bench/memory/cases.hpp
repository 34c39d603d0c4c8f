#pragma once
// memory<R> against what a process really takes: each recipe trains a few steps in a process of its own.
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cstdint>
#include <vector>

#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

namespace bench::memory {

struct Case {
  const char* name;
  std::int64_t predicted;
  void (*train)(int steps);
  bool tensors = false;  ///< held against the tensors alone, and more closely: not against what the process grows by
};

std::vector<Case> resnet18();
std::vector<Case> deep();
std::vector<Case> efficientnet();
std::vector<Case> zoo_vgg();
std::vector<Case> zoo_vgg_bn();
std::vector<Case> zoo_resnet();
std::vector<Case> zoo_resnet_deep();
std::vector<Case> zoo_mobile();
std::vector<Case> zoo_efficientnet();

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

/// A model of the zoo at batch 8 of 128 x 128 pixels, its head new: nothing frozen, and the first `Frozen` blocks.
template <class Model, std::size_t Frozen>
void add_zoo(std::vector<Case>& cases, const char* whole, const char* half) {
  using Whole = tuneit::Finetune<Model, tuneit::ReplaceHead<2>, tuneit::Precision<tuneit::FP32>>;
  using Half = tuneit::Finetune<Model, tuneit::ReplaceHead<2>, tuneit::Freeze<tuneit::Layers<0, Frozen>>,
                                tuneit::Precision<tuneit::FP32>>;
  cases.push_back(make<Whole, 8, 128>(whole));
  cases.push_back(make<Half, 8, 128>(half));
  for (std::size_t i = cases.size() - 2; i < cases.size(); ++i) cases[i].tensors = true;
}

}  // namespace bench::memory
