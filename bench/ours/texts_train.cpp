// MiniLM on texts of two classes: training, dropout and all, and the logits of texts. Random weights do as well as
// others.
#include <tuneit/models/bert.hpp>
#include <tuneit/recipe/rewrites/tasks.hpp>

#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"
#include "bench/ours/texts.hpp"

namespace bench::ours {
namespace {

template <class P>
using Recipe = Finetune<MiniLmL6, Classify<2>, AdamW<Lr<5e-5>, WeightDecay<0.01>>, Precision<P>>;

template <class P>
Run learn(const std::string&) {
  auto batches = std::make_shared<std::vector<data::Batch>>(text_batches());
  before_model();
  auto trainer = std::make_shared<Trainer<Recipe<P>>>(defaults<Recipe<P>>());
  auto turn = std::make_shared<std::size_t>(0);
  return [=](long steps) {
    for (long i = 0; i < steps; ++i)
      last_loss = trainer->step((*batches)[(*turn)++ % batches->size()], steps_per_epoch).loss;
  };
}

template <class P>
Run ask(const std::string&) {
  auto batches = std::make_shared<std::vector<data::Batch>>(text_batches());
  before_model();
  auto trainer = std::make_shared<const Trainer<Recipe<P>>>(defaults<Recipe<P>>());
  auto turn = std::make_shared<std::size_t>(0);
  return [=](long steps) {
    for (long i = 0; i < steps; ++i) (void)trainer->outputs((*batches)[(*turn)++ % batches->size()]);
  };
}

}  // namespace

std::vector<Case> texts() {
  return {{"texts-train-fp32", 2, 4, learn<FP32>},
          {"texts-train-bf16", 2, 4, learn<BF16>},
          {"texts-inference-fp32", 2, 4, ask<FP32>},
          {"texts-inference-bf16", 2, 4, ask<BF16>}};
}

}  // namespace bench::ours
