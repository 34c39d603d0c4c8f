// A small network, where everything but arithmetic is what costs: bare, and with each policy added.
#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

struct Mlp final
    : Network<Input<16, 1>, Block<"fc1", Named<"fc1", Linear<16, 32>>, ReLU>,
              Block<"fc2", Named<"fc2", Linear<32, 32>>, ReLU>, Block<"head", Named<"fc3", Linear<32, 10>>>> {};

template <class... Policies>
Run mlp_of(const std::string&) {
  return train<Finetune<Mlp, Policies...>>(Data({8, 16}));
}

template <class... Policies>
constexpr auto with = mlp_of<Optimizer, Policies...>;

}  // namespace

std::vector<Case> mlp() {
  constexpr long warmup = 200;
  return {{"mlp", 1, warmup, with<>},
          {"mlp/freeze", 1, warmup, with<Freeze<Layers<0, 1>>>},
          {"mlp/lrscale", 1, warmup, with<LrScale<Head, 10>>},
          {"mlp/nodecay", 1, warmup, with<NoDecay<Biases>>},
          {"mlp/schedule", 1, warmup, with<CosineLr, Warmup<Steps<100>>, Epochs<1000>>},
          {"mlp/smoothing", 1, warmup, with<CrossEntropy<LabelSmoothing<0.1>>>},
          {"mlp/adamw", 1, warmup, mlp_of<AdamW<Lr<1e-3>>>}};
}

}  // namespace bench::ours
