#pragma once
// Optimizers as PyTorch writes them: one overload of write_optimizer for each.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/text.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/optimizers/optimizers.hpp"

namespace tuneit::python {

/// A number of an optimizer: a constant of the script, its name in torch.optim, its value.
struct OptimizerNumber {
  std::string constant, argument, value;
};

/// An optimizer under some numbers.
struct OptimizerText {
  std::string name;                      ///< its class: "torch.optim.AdamW"
  std::string definition;                ///< of a class that torch.optim does not have
  std::vector<OptimizerNumber> numbers;  ///< the rate is the first, the decay the second, a momentum or betas the third
  bool momentum = false, betas = false;  ///< does a schedule move that third, and is it the first of two betas?

  void add(const char* constant, const char* argument, std::string value) {
    numbers.push_back({constant, argument, std::move(value)});
  }
};

namespace detail {

/// With the rate and the decay.
template <class Opt>
OptimizerText begin_optimizer(const char* name, const OptimizerValues<Opt>& n) {
  OptimizerText text{name, "", {}};
  text.add("LR", "lr", number(n.lr));
  text.add("WEIGHT_DECAY", "weight_decay", number(n.decay));
  return text;
}
inline void add_betas(OptimizerText& text, double beta1, double beta2) {
  text.add("BETAS", "betas", "(" + number(beta1) + ", " + number(beta2) + ")");
  text.betas = text.momentum = true;
}
template <class Opt>
OptimizerText adam(const char* name, const OptimizerValues<Opt>& n) {
  OptimizerText text = begin_optimizer(name, n);
  add_betas(text, n.template number<Betas>(), n.template number<Betas, 1>());
  text.add("EPS", "eps", number(n.template number<Eps>()));
  text.add("AMSGRAD", "amsgrad", flag(n.template has<AmsGrad>()));
  return text;
}

}  // namespace detail

/// What the script does of an optimizer, with its numbers: one overload for each that is written here, for one of one's
/// own beside it. Throws Error(Usage) for one that has none.
template <class Opt>
OptimizerText write_optimizer(Type<Opt>, const OptimizerValues<Opt>&) {
  throw Error(ErrorKind::Usage, "nobody knows how to write the optimizer " + type_name<Opt>() + " as a PyTorch script",
              "Use one of torch.optim, or train with this program.");
}
template <class... O>
OptimizerText write_optimizer(Type<Sgd<O...>>, const OptimizerValues<Sgd<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("torch.optim.SGD", n);
  text.add("MOMENTUM", "momentum", number(n.template number<Momentum>()));
  text.momentum = true;
  text.add("DAMPENING", "dampening", number(n.template number<Dampening>()));
  text.add("NESTEROV", "nesterov", flag(n.template has<Nesterov>()));
  return text;
}
template <class... O>
OptimizerText write_optimizer(Type<Adam<O...>>, const OptimizerValues<Adam<O...>>& n) {
  return detail::adam("torch.optim.Adam", n);
}
template <class... O>
OptimizerText write_optimizer(Type<AdamW<O...>>, const OptimizerValues<AdamW<O...>>& n) {
  return detail::adam("torch.optim.AdamW", n);
}
template <class... O>
OptimizerText write_optimizer(Type<Adagrad<O...>>, const OptimizerValues<Adagrad<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("torch.optim.Adagrad", n);
  text.add("EPS", "eps", number(n.template number<Eps>()));
  text.add("LR_DECAY", "lr_decay", number(n.template number<LrDecay>()));
  text.add("ACCUMULATOR", "initial_accumulator_value", number(n.template number<InitialAccumulator>()));
  return text;
}
template <class... O>
OptimizerText write_optimizer(Type<RmsProp<O...>>, const OptimizerValues<RmsProp<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("torch.optim.RMSprop", n);
  text.add("MOMENTUM", "momentum", number(n.template number<Momentum>()));
  text.momentum = true;
  text.add("EPS", "eps", number(n.template number<Eps>()));
  text.add("SMOOTHING", "alpha", number(n.template number<Smoothing>()));
  text.add("CENTERED", "centered", flag(n.template has<Centered>()));
  return text;
}
template <class... O>
OptimizerText write_optimizer(Type<Adafactor<O...>>, const OptimizerValues<Adafactor<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("torch.optim.Adafactor", n);
  text.add("BETA2_DECAY", "beta2_decay", number(n.template number<Beta2Decay>()));
  text.add("UPDATE_CLIP", "d", number(n.template number<UpdateClip>()));
  text.add("EPS", "eps", "(None, " + number(n.template number<LeastScale>()) + ")");
  return text;
}
template <class... O>
OptimizerText write_optimizer(Type<Lion<O...>>, const OptimizerValues<Lion<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("Lion", n);
  detail::add_betas(text, n.template number<Betas>(), n.template number<Betas, 1>());
  text.definition = R"(class Lion(torch.optim.Optimizer):
    """Lion (arXiv 2302.06675), which torch.optim does not have."""

    def __init__(self, params, lr=1e-4, weight_decay=0.0, betas=(0.9, 0.99)):
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
  return text;
}
template <class... O>
OptimizerText write_optimizer(Type<Lamb<O...>>, const OptimizerValues<Lamb<O...>>& n) {
  OptimizerText text = detail::begin_optimizer("Lamb", n);
  detail::add_betas(text, n.template number<Betas>(), n.template number<Betas, 1>());
  text.add("EPS", "eps", number(n.template number<Eps>()));
  text.definition = R"(class Lamb(torch.optim.Optimizer):
    """LAMB (arXiv 1904.00962), which torch.optim does not have."""

    def __init__(self, params, lr=1e-3, weight_decay=0.01, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if not state:
                    state.update(step=0, mean=torch.zeros_like(p), square=torch.zeros_like(p))
                state["step"] += 1
                state["mean"].lerp_(p.grad, 1 - beta1)
                state["square"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                size = (state["square"] / (1 - beta2 ** state["step"])).sqrt() + group["eps"]
                update = state["mean"] / (1 - beta1 ** state["step"]) / size
                if group["weight_decay"] != 0:
                    update.add_(p, alpha=group["weight_decay"])
                    weight, length = p.norm(), update.norm()
                    if weight > 0 and length > 0:
                        update.mul_(weight / length)
                p.sub_(group["lr"] * update)


)";
  return text;
}

/// Of one that was chosen at run time, the chosen one.
template <class Opt>
OptimizerText optimizer_of(const Settings& s, const OptimizerValues<Opt>& n) {
  if constexpr (requires { typename Opt::choices; }) {
    OptimizerText text;
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) text = optimizer_of(s, tuneit::detail::values_of_choice<O>(n));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
    return text;
  } else {
    return write_optimizer(Type<Opt>{}, n);
  }
}

/// Is it the default of torch.optim, so that nobody would write it?
inline bool unsaid(const std::string& argument, const std::string& value) {
  return value == "False" || (value == "0.0" && (argument == "dampening" || argument == "lr_decay" ||
                                                 argument == "initial_accumulator_value"));
}

/// What a step does with the momentum that a schedule gives by `function`: an argument of the optimizer and its value.
inline std::pair<std::string, std::string> moving_momentum(const OptimizerText& o, const std::string& function) {
  if (o.betas) return {"betas", "(" + function + "(step, spe), group[\"betas\"][1])"};
  return {"momentum", function + "(step, spe)"};
}

}  // namespace tuneit::python
