#pragma once
// Optimizers as PyTorch writes them.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/text.hpp"
#include "tuneit/recipe/optimizers/optimizers.hpp"

namespace tuneit::python {

/// A number of an optimizer: a constant of the script, its name in torch.optim, its value.
struct OptimizerNumber {
  std::string constant, argument, value;
};

/// Those that its formula has. The rate is the first, the decay the second, momentum or betas the third.
inline std::vector<OptimizerNumber> optimizer_numbers(Algorithm a, const OptimizerNumbers& n) {
  std::vector<OptimizerNumber> all{{"LR", "lr", number(n.lr)},
                                   {"WEIGHT_DECAY", "weight_decay", number(n.weight_decay)}};
  const auto add = [&](const char* constant, const char* argument, std::string value) {
    all.push_back({constant, argument, std::move(value)});
  };
  if (a == Algorithm::Sgd || a == Algorithm::RmsProp) add("MOMENTUM", "momentum", number(n.momentum));
  if (a == Algorithm::Adam || a == Algorithm::AdamW || a == Algorithm::Lion)
    add("BETAS", "betas", "(" + number(n.beta1) + ", " + number(n.beta2) + ")");
  if (a == Algorithm::Sgd) {
    add("DAMPENING", "dampening", number(n.dampening));
    add("NESTEROV", "nesterov", flag(n.nesterov));
  } else if (a != Algorithm::Lion) {
    add("EPS", "eps", number(n.eps));
  }
  if (a == Algorithm::Adam || a == Algorithm::AdamW) add("AMSGRAD", "amsgrad", flag(n.amsgrad));
  if (a == Algorithm::RmsProp) {
    add("SMOOTHING", "alpha", number(n.smoothing));
    add("CENTERED", "centered", flag(n.centered));
  }
  if (a == Algorithm::Adagrad) {
    add("LR_DECAY", "lr_decay", number(n.lr_decay));
    add("ACCUMULATOR", "initial_accumulator_value", number(n.accumulator));
  }
  return all;
}

/// Is it the default of torch.optim, so that nobody would write it?
inline bool unsaid(const std::string& argument, const std::string& value) {
  return value == "False" || (value == "0.0" && (argument == "dampening" || argument == "lr_decay" ||
                                                 argument == "initial_accumulator_value"));
}

inline std::string optimizer_class(Algorithm a) {
  switch (a) {
    case Algorithm::Sgd:
      return "torch.optim.SGD";
    case Algorithm::Adam:
      return "torch.optim.Adam";
    case Algorithm::AdamW:
      return "torch.optim.AdamW";
    case Algorithm::Adagrad:
      return "torch.optim.Adagrad";
    case Algorithm::RmsProp:
      return "torch.optim.RMSprop";
    case Algorithm::Lion:
    case Algorithm::Chosen:
      break;
  }
  return "Lion";
}

/// A class that torch.optim does not have.
inline std::string optimizer_definition(Algorithm a) {
  if (a != Algorithm::Lion) return "";
  return R"(class Lion(torch.optim.Optimizer):
    """Lion (arXiv 2302.06675), which torch.optim does not have."""

    def __init__(self, params, lr=LR, weight_decay=WEIGHT_DECAY, betas=BETAS):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, betas=betas))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * (beta1 * momentum + (1 - beta1) * p.grad).sign())
                momentum.mul_(beta2).add_(p.grad, alpha=1 - beta2)


)";
}

/// Does its formula have a momentum or a first beta that a schedule can move?
inline bool has_momentum(Algorithm a) { return a != Algorithm::Adagrad; }
/// Is that momentum the first of two betas?
inline bool has_betas(Algorithm a) { return a == Algorithm::Adam || a == Algorithm::AdamW || a == Algorithm::Lion; }

/// What a step does with the momentum that a schedule gives: an argument of the optimizer and its value.
inline std::pair<std::string, std::string> moving_momentum(Algorithm a) {
  if (has_betas(a)) return {"betas", "(momentum(step, spe), group[\"betas\"][1])"};
  return {"momentum", "momentum(step, spe)"};
}

}  // namespace tuneit::python
