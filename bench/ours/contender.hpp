#pragma once
// What every contender of tuneit does: a trainer of a recipe, step by step, through the public interface alone.
#include <tuneit/tuneit.hpp>

#include <memory>

#include "bench/worker.hpp"

namespace bench::ours {

using namespace tuneit;

/// The optimizer of all cases.
using Optimizer = Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-4>>;

/// Only a schedule asks how many steps an epoch has.
inline constexpr long long steps_per_epoch = 1000000;  // more than any of them takes

/// Training steps on these batches.
template <class R>
Run train(Data batches) {
  before_model();
  auto data = std::make_shared<Data>(std::move(batches));
  auto trainer = std::make_shared<Trainer<R>>(defaults<R>());
  return [data, trainer](long steps) {
    for (long i = 0; i < steps; ++i) {
      const Batch& batch = data->next();
      last_loss = trainer->step(batch.input, batch.labels, steps_per_epoch).loss;
    }
  };
}

/// Logits of these batches.
template <class R>
Run infer_only(Data batches) {
  before_model();
  auto data = std::make_shared<Data>(std::move(batches));
  auto trainer = std::make_shared<const Trainer<R>>(defaults<R>());
  return [data, trainer](long steps) {
    for (long i = 0; i < steps; ++i) (void)trainer->logits(data->next().input);
  };
}

}  // namespace bench::ours
