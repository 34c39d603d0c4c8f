#pragma once
// Optimizers as PyTorch writes them.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/python/text.hpp"
#include "tuneit/recipe/optimizers.hpp"

namespace tuneit::python {

/// The numbers of an optimizer that its formula has: a constant of the script, its name in torch.optim, its value. The
/// rate is the first, the decay the second.
struct OptimizerNumber {
  std::string constant, argument, value;
};

inline std::vector<OptimizerNumber> optimizer_numbers(Algorithm a, const OptimizerNumbers& n) {
  std::vector<OptimizerNumber> all{{"LR", "lr", number(n.lr)},
                                   {"WEIGHT_DECAY", "weight_decay", number(n.weight_decay)}};
  const auto add = [&](const char* constant, const char* argument, std::string value) {
    all.push_back({constant, argument, std::move(value)});
  };
  if (a == Algorithm::Sgd) {
    add("MOMENTUM", "momentum", number(n.momentum));
    add("DAMPENING", "dampening", number(n.dampening));
    add("NESTEROV", "nesterov", flag(n.nesterov));
  } else {
    add("BETAS", "betas", "(" + number(n.beta1) + ", " + number(n.beta2) + ")");
    add("EPS", "eps", number(n.eps));
  }
  return all;
}

inline std::string optimizer_class(Algorithm a) {
  return std::string("torch.optim.") + (a == Algorithm::Sgd ? "SGD" : a == Algorithm::Adam ? "Adam" : "AdamW");
}

/// What a step does with the momentum that a schedule gives: an argument of torch.optim and its value.
inline std::pair<std::string, std::string> moving_momentum(Algorithm a) {
  if (a == Algorithm::Sgd) return {"momentum", "momentum(step, spe)"};
  return {"betas", "(momentum(step, spe), group[\"betas\"][1])"};
}

}  // namespace tuneit::python
