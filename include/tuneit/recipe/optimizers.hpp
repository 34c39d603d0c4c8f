#pragma once
// Optimizers as types with their numbers: Sgd, Adam, AdamW. Formulas, option names and defaults are those of
// torch.optim.
#include "tuneit/recipe/judge_selector.hpp"
#include "tuneit/recipe/plan.hpp"
#include "tuneit/recipe/rates.hpp"

namespace tuneit {

/// How the losses of a batch become one number.
struct Mean {};
struct Sum {};

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

// Options, in any order, with their ranges. `set` takes the values of the option's knobs.
/// The rate p -= rate * gradient (> 0), of a loss reduced by R: Mean, or Sum (a summed loss has gradients as many times
/// larger as there are samples in a batch).
template <auto X, class R = Mean>
struct Lr {
  using reduction = R;
  static constexpr std::array knobs{
      Knob{.name = "lr", .value = static_cast<double>(X), .open = true, .about = "learning rate"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.lr = v[0]; }
};
/// In [0, 1).
template <auto X>
struct Momentum {
  static constexpr std::array knobs{
      Knob{.name = "momentum", .value = static_cast<double>(X), .most = 0.999999, .about = "of the gradients"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.momentum = v[0]; }
};
/// In [0, 1).
template <auto X>
struct Dampening {
  static constexpr std::array knobs{
      Knob{.name = "dampening", .value = static_cast<double>(X), .most = 0.999999, .about = "of the momentum"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.dampening = v[0]; }
};
/// >= 0.
template <auto X>
struct WeightDecay {
  static constexpr std::array knobs{
      Knob{.name = "weight-decay", .value = static_cast<double>(X), .about = "pulls weights towards 0"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.weight_decay = v[0]; }
};
/// Both in [0, 1).
template <auto B1, auto B2>
struct Betas {
  static constexpr std::array knobs{
      Knob{.name = "beta1", .value = static_cast<double>(B1), .most = 0.999999, .about = "of the first moment"},
      Knob{.name = "beta2", .value = static_cast<double>(B2), .most = 0.999999, .about = "of the second moment"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) {
    n.beta1 = v[0];
    n.beta2 = v[1];
  }
};
/// > 0.
template <auto X>
struct Eps {
  static constexpr std::array knobs{
      Knob{.name = "eps", .value = static_cast<double>(X), .open = true, .about = "keeps a division finite"}};
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.eps = v[0]; }
};
/// Looks one step ahead along the momentum; needs one, and no dampening.
struct Nesterov {
  static constexpr void set(OptimizerNumbers& n, const double*) { n.nesterov = true; }
};

namespace slots {
struct Optimizer {};
}  // namespace slots

/// How many numbers an optimizer remembers of each weight.
constexpr int states_of(Algorithm a, const OptimizerNumbers& n) {
  return a != Algorithm::Sgd ? 2 : n.momentum > 0 ? 1 : 0;
}

namespace detail {

template <class O>
concept OptimizerOption = requires(OptimizerNumbers& n, const double* v) {
  O::set(n, v);
};

template <class Optimizer, class Option>
struct JudgeOption : Demand<OptimizerOption<Option>, NotAnOption<Optimizer, Option>> {};

template <class... Options>
constexpr OptimizerNumbers with_options(OptimizerNumbers n) {
  [[maybe_unused]] const auto set = [&]<class O>(Type<O>) {
    if constexpr (OptimizerOption<O>) O::set(n, knob_values<O>.data());
  };
  (set(Type<Options>{}), ...);
  return n;
}

constexpr bool in_range(const OptimizerNumbers& n) {
  return n.lr > 0 && n.weight_decay >= 0 && n.momentum >= 0 && n.momentum < 1 && n.dampening >= 0 && n.dampening < 1 &&
         n.beta1 >= 0 && n.beta1 < 1 && n.beta2 >= 0 && n.beta2 < 1 && n.eps > 0;
}

// For which reduction of the loss is the rate meant? Whoever does not say it means the mean.
template <class Option>
inline constexpr bool for_sums = false;
template <auto X>
inline constexpr bool for_sums<Lr<X, Sum>> = true;

template <class Self, Algorithm A, OptimizerNumbers Defaults, class... Options>
struct OptimizerPolicy : PolicyTag {
  using slot = slots::Optimizer;
  using rate_for = std::conditional_t<(for_sums<Options> || ...), Sum, Mean>;
  static constexpr Algorithm algorithm = A;
  static constexpr OptimizerNumbers numbers = with_options<Options...>(Defaults);
  template <class Model>
  using judge = judge_all<
      JudgeOption<Self, Options>..., JudgeNumber<Self, in_range(numbers)>,
      Demand<!numbers.nesterov || (numbers.momentum > 0 && numbers.dampening == 0), NesterovNeedsMomentum<Self>>>;
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
