#pragma once
// Optimizers as types with their numbers: Sgd, Adam, AdamW, Adagrad, RmsProp, Lion. Formulas and defaults are those of
// torch.optim (Lion: of its paper). The options are in optimizer_options.hpp.
#include "tuneit/recipe/optimizers/optimizer_options.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept SaysAlgorithm = requires {
  P::algorithm;
};
template <class P>
concept HasAlgorithm = requires {
  { P::algorithm } -> Is<Algorithm>;
};
template <class P>
concept SaysOptimizerNumbers = requires {
  P::values.lr;
};
template <class P>
concept HasOptimizerNumbers = requires {
  { P::values } -> Is<OptimizerNumbers>;
};

}  // namespace detail

namespace slots {
struct Optimizer {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysAlgorithm<P>, detail::HasAlgorithm<P>, "algorithm"},
                                     {detail::SaysOptimizerNumbers<P>, detail::HasOptimizerNumbers<P>, "values"}}};
};
}  // namespace slots

namespace detail {

template <class Optimizer, class Option>
struct JudgeOption : Demand<is_option_of<Option>(Optimizer::algorithm), NotAnOption<Optimizer, Option>> {};

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
  static constexpr OptimizerNumbers values = with_options<Options...>(Defaults);
  template <class Model>
  using judge = judge_all<
      JudgeOption<Self, Options>..., JudgeNumber<Self, in_range(values)>,
      Demand<!values.nesterov || (values.momentum > 0 && values.dampening == 0), NesterovNeedsMomentum<Self>>>;
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

/// Adagrad (JMLR 12, 2011): g += wd p; sum += g^2; p -= lr / (1 + lr_decay t) g / (sqrt(sum) + eps) after t steps. The
/// rate is 0.01 unless said otherwise.
template <class... Options>
struct Adagrad : detail::OptimizerPolicy<Adagrad<Options...>, Algorithm::Adagrad,
                                         OptimizerNumbers{.lr = 1e-2, .eps = 1e-10}, Options...> {};

/// RMSprop: g += wd p; v = a v + (1 - a) g^2; d = sqrt(v) + eps (Centered: sqrt(v - mean^2) + eps, mean = a mean + (1 -
/// a) g); p -= lr g / d, or with momentum buf = momentum buf + g / d, p -= lr buf. The rate is 0.01 unless said
/// otherwise.
template <class... Options>
struct RmsProp
    : detail::OptimizerPolicy<RmsProp<Options...>, Algorithm::RmsProp, OptimizerNumbers{.lr = 1e-2}, Options...> {};

/// Lion (arXiv 2302.06675): p *= 1 - lr wd; p -= lr sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g. A step is as long
/// as the rate in each number: the paper takes a third to a tenth of AdamW's. Rate 1e-4, betas 0.9 and 0.99 unless said
/// otherwise.
template <class... Options>
struct Lion : detail::OptimizerPolicy<Lion<Options...>, Algorithm::Lion, OptimizerNumbers{.lr = 1e-4, .beta2 = 0.99},
                                      Options...> {};

}  // namespace tuneit
