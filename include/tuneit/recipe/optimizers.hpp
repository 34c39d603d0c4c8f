#pragma once
// Optimizers as types with their numbers: Sgd, Adam, AdamW. Formulas, option names and defaults are those of
// torch.optim.
#include "tuneit/recipe/judge_selector.hpp"
#include "tuneit/recipe/plan.hpp"
#include "tuneit/recipe/rates.hpp"

namespace tuneit {

/// `Chosen` is decided at run time, see chosen.hpp.
enum class Algorithm { Sgd, Adam, AdamW, Chosen };

/// The numbers of an optimizer; a recipe's are defaults that can be changed at run time.
struct OptimizerNumbers {
  double lr = 1e-3;
  double weight_decay = 0;
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

// Options, in any order. Ranges: Lr > 0, Momentum and Dampening in [0, 1), WeightDecay >= 0, Betas in [0, 1), Eps > 0.
template <auto X>
struct Lr {
  static constexpr void set(OptimizerNumbers& n) { n.lr = static_cast<double>(X); }
};
template <auto X>
struct Momentum {
  static constexpr void set(OptimizerNumbers& n) { n.momentum = static_cast<double>(X); }
};
template <auto X>
struct Dampening {
  static constexpr void set(OptimizerNumbers& n) { n.dampening = static_cast<double>(X); }
};
template <auto X>
struct WeightDecay {
  static constexpr void set(OptimizerNumbers& n) { n.weight_decay = static_cast<double>(X); }
};
template <auto B1, auto B2>
struct Betas {
  static constexpr void set(OptimizerNumbers& n) {
    n.beta1 = static_cast<double>(B1);
    n.beta2 = static_cast<double>(B2);
  }
};
template <auto X>
struct Eps {
  static constexpr void set(OptimizerNumbers& n) { n.eps = static_cast<double>(X); }
};
struct Nesterov {
  static constexpr void set(OptimizerNumbers& n) { n.nesterov = true; }
};

namespace slots {
struct Optimizer {};
}  // namespace slots

namespace detail {

template <class O>
concept OptimizerOption = requires(OptimizerNumbers& n) {
  O::set(n);
};

template <class Optimizer, class Option, bool = OptimizerOption<Option>>
struct JudgeOption {
  using type = Accepted;
};
template <class Optimizer, class Option>
struct JudgeOption<Optimizer, Option, false> {
  using type = NotAnOption<Optimizer, Option>;
};

template <class... Options>
constexpr OptimizerNumbers with_options(OptimizerNumbers n) {
  [[maybe_unused]] const auto set = [&]<class O>(Type<O>) {
    if constexpr (OptimizerOption<O>) O::set(n);
  };
  (set(Type<Options>{}), ...);
  return n;
}

constexpr bool in_range(const OptimizerNumbers& n) {
  return n.lr > 0 && n.weight_decay >= 0 && n.momentum >= 0 && n.momentum < 1 && n.dampening >= 0 && n.dampening < 1 &&
         n.beta1 >= 0 && n.beta1 < 1 && n.beta2 >= 0 && n.beta2 < 1 && n.eps > 0 &&
         (!n.nesterov || (n.momentum > 0 && n.dampening == 0));
}

template <class Self, Algorithm A, OptimizerNumbers Defaults, class... Options>
struct OptimizerPolicy : PolicyTag {
  using slot = slots::Optimizer;
  static constexpr Algorithm algorithm = A;
  static constexpr OptimizerNumbers numbers = with_options<Options...>(Defaults);
  template <class Model>
  using judge = judge_all<JudgeOption<Self, Options>..., JudgeNumber<Self, in_range(numbers)>>;
};

}  // namespace detail

/// Stochastic gradient descent: g += wd p; the first step buf = g, then buf = momentum buf + (1 - dampening) g;
/// p -= lr buf. The rate is outside of the buffer. `Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-3>, Nesterov>`.
template <class... Options>
struct Sgd : detail::OptimizerPolicy<Sgd<Options...>, Algorithm::Sgd, OptimizerNumbers{}, Options...> {};

/// Adam (arXiv 1412.6980), decay added to the gradient, eps after the bias correction.
template <class... Options>
struct Adam : detail::OptimizerPolicy<Adam<Options...>, Algorithm::Adam, OptimizerNumbers{}, Options...> {};

/// Adam with decoupled decay (arXiv 1711.05101): p *= 1 - lr wd first. WeightDecay is 0.01 unless said otherwise.
template <class... Options>
struct AdamW
    : detail::OptimizerPolicy<AdamW<Options...>, Algorithm::AdamW, OptimizerNumbers{.weight_decay = 1e-2}, Options...> {
};

}  // namespace tuneit
