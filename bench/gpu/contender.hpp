#pragma once
// A training of a network on a GPU: resident batches or batches of bytes, with CUDA graphs or without, and the same on
// the CPU to compare with.
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/gpu/job.hpp"
#include "tuneit/data/augment/device_finish.hpp"
#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

namespace bench::gpu {

using namespace tuneit;

inline constexpr int classes = 10;

template <class R>
Trainer<R> trainer(DeviceKind device, int side, bool graphs) {
  Settings s = defaults<R>();
  s.device = device;
  s.side = side;
  s.graphs = graphs;
  return Trainer<R>(s);
}
inline constexpr long long steps_per_epoch = 1000000;  // more than any job takes: only a schedule asks

template <class R>
std::unique_ptr<Job> prepare(const Wanted& w) {
  struct State {
    Trainer<R> trainer;
    std::vector<at::Tensor> images, labels;  // a few batches, in turn
    data::Augment augment;
    data::DeviceFinish finish;
    StepResult last{};
    std::size_t turn = 0;
    bool bytes;
    explicit State(const Wanted& wanted)
        : trainer(gpu::trainer<R>(DeviceKind::Cuda, wanted.side, wanted.graphs)),
          augment(data::flips(wanted.side)),
          finish(augment, trainer.device()),
          bytes(wanted.bytes) {
      const auto last_format = at::MemoryFormat::ChannelsLast;
      for (std::uint64_t i = 0; i < 4; ++i) {
        const at::IntArrayRef sizes{wanted.batch, 3, wanted.side, wanted.side};
        const at::Tensor y = at::randint(classes, {wanted.batch}, make_generator(i), at::kLong);
        if (bytes) {
          images.push_back(at::randint(256, sizes, make_generator(i), at::kByte).contiguous(last_format).pin_memory());
          labels.push_back(y.pin_memory());
        } else {
          images.push_back(
              at::randn(sizes, make_generator(i)).contiguous(last_format).to(trainer.device(), trainer.numbers()));
          labels.push_back(y.to(trainer.device()));
        }
      }
    }
    void step() {
      at::Tensor x = images[turn % images.size()], y = labels[turn % labels.size()];
      ++turn;
      if (bytes) {
        finish.move({&x, &y});
        x = finish(x, std::vector<data::Deferred>(static_cast<std::size_t>(x.size(0))), y);
      }
      last = trainer.step(x, y, steps_per_epoch);
    }
  };
  const auto state = std::make_shared<State>(w);
  return std::make_unique<Job>(Job{[state](long n) {
                                     for (long i = 0; i < n; ++i) state->step();
                                   },
                                   [state] { return static_cast<double>(state->last.loss); },
                                   [state] { return state->trainer.graphs_text(); }});
}

inline double difference(const at::Tensor& there, const at::Tensor& here) {
  const at::Tensor a = there.to(at::kCPU).to(at::kDouble), b = here.to(at::kDouble);
  if (a.numel() == 0) return 0;
  return a.sub(b).abs().max().item<double>() / std::max(b.abs().max().item<double>(), 1e-3);
}
template <class R>
Comparison compare(int side) {
  Trainer<R> cpu = trainer<R>(DeviceKind::Cpu, side, false), gpu = trainer<R>(DeviceKind::Cuda, side, false);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor x = at::randn({4, 3, side, side}, make_generator(1)).contiguous(at::MemoryFormat::ChannelsLast),
                   y = at::randint(classes, {4}, make_generator(2), at::kLong);
  Comparison v;
  v.logits = difference(gpu.logits(x.to(gpu.device())), cpu.logits(x));
  for (int i = 0; i < 2; ++i) {
    v.loss = static_cast<double>(gpu.step(x.to(gpu.device()), y.to(gpu.device()), steps_per_epoch).loss);
    v.cpu_loss = static_cast<double>(cpu.step(x, y, steps_per_epoch).loss);
  }
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i)
    v.weights = std::max(v.weights, difference(gpu.tensors()[i], cpu.tensors()[i]));
  return v;
}

/// The optimizer of all of them, and of peer.py.
template <class Model, class Numbers>
using Recipe =
    Finetune<Model, ReplaceHead<classes>, Precision<Numbers>, Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-4>>>;

}  // namespace bench::gpu
