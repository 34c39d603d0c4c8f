#pragma once
// The numbers of optimizers, and the options that set them. Names and defaults are those of torch.optim.
#include <limits>

#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"

namespace tuneit {

/// How the losses of a batch become one number.
struct Mean {};
struct Sum {};

/// `Chosen` is decided at run time, see chosen.hpp.
enum class Algorithm { Sgd, Adam, AdamW, Adagrad, RmsProp, Lion, Chosen };

/// What people call an algorithm.
constexpr const char* name_of(Algorithm a) {
  constexpr const char* names[] = {"SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Lion", "chosen at run time"};
  return names[static_cast<int>(a)];
}

/// The numbers of an optimizer; a recipe's are defaults that can be changed at run time. Each algorithm reads those
/// that its formula has.
struct OptimizerNumbers {
  double lr = 1e-3;
  double weight_decay = 0;
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  bool amsgrad = false;
  double lr_decay = 0, accumulator = 0;  ///< of Adagrad; the latter is where its sum starts
  double smoothing = 0.99;               ///< of RmsProp
  bool centered = false;
};

namespace detail {

constexpr bool is_adam(Algorithm a) { return a == Algorithm::Adam || a == Algorithm::AdamW; }

}  // namespace detail

// Options, in any order, with their ranges. `set` takes the values of the option's numbers; `in` says which formulas
// have it.
/// The rate p -= rate * gradient (> 0), of a loss reduced by R: Mean, or Sum (a summed loss has gradients as many times
/// larger as there are samples in a batch).
template <auto X, class R = Mean>
struct Lr {
  using reduction = R;
  static constexpr std::array numbers{
      Hyperparameter{.name = "lr", .value = static_cast<double>(X), .open = true, .about = "learning rate"}};
  static constexpr bool in(Algorithm) { return true; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.lr = v[0]; }
};
/// Of Sgd and RmsProp, in [0, 1).
template <auto X>
struct Momentum {
  static constexpr std::array numbers{Hyperparameter{
      .name = "momentum", .value = static_cast<double>(X), .most = 0.999999, .about = "of the gradients"}};
  static constexpr bool in(Algorithm a) { return a == Algorithm::Sgd || a == Algorithm::RmsProp; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.momentum = v[0]; }
};
/// Of Sgd, in [0, 1).
template <auto X>
struct Dampening {
  static constexpr std::array numbers{Hyperparameter{
      .name = "dampening", .value = static_cast<double>(X), .most = 0.999999, .about = "of the momentum"}};
  static constexpr bool in(Algorithm a) { return a == Algorithm::Sgd; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.dampening = v[0]; }
};
/// >= 0.
template <auto X>
struct WeightDecay {
  static constexpr std::array numbers{
      Hyperparameter{.name = "weight-decay", .value = static_cast<double>(X), .about = "pulls weights towards 0"}};
  static constexpr bool in(Algorithm) { return true; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.weight_decay = v[0]; }
};
/// Of Adam, AdamW and Lion, both in [0, 1).
template <auto B1, auto B2>
struct Betas {
  static constexpr std::array numbers{
      Hyperparameter{
          .name = "beta1", .value = static_cast<double>(B1), .most = 0.999999, .about = "of the first moment"},
      Hyperparameter{
          .name = "beta2", .value = static_cast<double>(B2), .most = 0.999999, .about = "of the second moment"}};
  static constexpr bool in(Algorithm a) { return detail::is_adam(a) || a == Algorithm::Lion; }
  static constexpr void set(OptimizerNumbers& n, const double* v) {
    n.beta1 = v[0];
    n.beta2 = v[1];
  }
};
/// Of Adam, AdamW, Adagrad and RmsProp, > 0.
template <auto X>
struct Eps {
  static constexpr std::array numbers{
      Hyperparameter{.name = "eps", .value = static_cast<double>(X), .open = true, .about = "keeps a division finite"}};
  static constexpr bool in(Algorithm a) { return a != Algorithm::Sgd && a != Algorithm::Lion; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.eps = v[0]; }
};
/// Of Sgd: looks one step ahead along the momentum; needs one, and no dampening.
struct Nesterov {
  static constexpr bool in(Algorithm a) { return a == Algorithm::Sgd; }
  static constexpr void set(OptimizerNumbers& n, const double*) { n.nesterov = true; }
};
/// Of Adam and AdamW: divides by the largest second moment so far (arXiv 1904.09237).
struct AmsGrad {
  static constexpr bool in(Algorithm a) { return detail::is_adam(a); }
  static constexpr void set(OptimizerNumbers& n, const double*) { n.amsgrad = true; }
};
/// Of Adagrad, >= 0: the rate is divided by 1 + X t after t steps.
template <auto X>
struct LrDecay {
  static constexpr std::array numbers{Hyperparameter{
      .name = "lr-decay", .value = static_cast<double>(X), .about = "lowers the rate of Adagrad step by step"}};
  static constexpr bool in(Algorithm a) { return a == Algorithm::Adagrad; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.lr_decay = v[0]; }
};
/// Of Adagrad, >= 0: where its sum of squares starts.
template <auto X>
struct InitialAccumulator {
  static constexpr std::array numbers{Hyperparameter{
      .name = "initial-accumulator", .value = static_cast<double>(X), .about = "where the sum of squares starts"}};
  static constexpr bool in(Algorithm a) { return a == Algorithm::Adagrad; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.accumulator = v[0]; }
};
/// Of RmsProp (torch calls it alpha), in [0, 1): of the average of squares.
template <auto X>
struct Smoothing {
  static constexpr std::array numbers{Hyperparameter{
      .name = "smoothing", .value = static_cast<double>(X), .most = 0.999999, .about = "of the average of squares"}};
  static constexpr bool in(Algorithm a) { return a == Algorithm::RmsProp; }
  static constexpr void set(OptimizerNumbers& n, const double* v) { n.smoothing = v[0]; }
};
/// Of RmsProp: divides by the deviation of the gradients, not by their size.
struct Centered {
  static constexpr bool in(Algorithm a) { return a == Algorithm::RmsProp; }
  static constexpr void set(OptimizerNumbers& n, const double*) { n.centered = true; }
};

namespace detail {

template <class O>
concept OptimizerOption = requires(OptimizerNumbers& n, const double* v) {
  O::set(n, v);
};

/// Does the formula have this option? One of somebody's own that does not say is taken by all.
template <class O>
constexpr bool is_option_of(Algorithm a) {
  if constexpr (!OptimizerOption<O>)
    return false;
  else if constexpr (requires { O::in(a); })
    return a == Algorithm::Chosen || O::in(a);
  else
    return true;
}

template <class... Options>
constexpr OptimizerNumbers with_options(OptimizerNumbers n) {
  [[maybe_unused]] const auto set = [&]<class O>(Type<O>) {
    if constexpr (OptimizerOption<O>) O::set(n, number_values<O>.data());
  };
  (set(Type<Options>{}), ...);
  return n;
}

/// A number that makes no sense, and what it is; `what` is null where all numbers do.
struct WrongNumber {
  const char* what = nullptr;
  double value = 0;
};

constexpr bool is_share(double x) { return 0 <= x && x < 1; }
constexpr bool is_positive(double x) { return x > 0 && x < std::numeric_limits<double>::infinity(); }
constexpr bool is_not_negative(double x) { return x == 0 || is_positive(x); }

constexpr WrongNumber wrong_number(const OptimizerNumbers& n) {
  if (!is_positive(n.lr)) return {"the learning rate", n.lr};
  if (!is_not_negative(n.weight_decay)) return {"the weight decay", n.weight_decay};
  if (!is_share(n.momentum)) return {"the momentum", n.momentum};
  if (!is_share(n.dampening)) return {"the dampening", n.dampening};
  if (!is_share(n.beta1)) return {"beta1", n.beta1};
  if (!is_share(n.beta2)) return {"beta2", n.beta2};
  if (!is_positive(n.eps)) return {"eps", n.eps};
  if (!is_not_negative(n.lr_decay)) return {"the decay of the learning rate", n.lr_decay};
  if (!is_not_negative(n.accumulator)) return {"the start of the sum of squares", n.accumulator};
  if (!is_share(n.smoothing)) return {"the smoothing of the squares (alpha)", n.smoothing};
  return {};
}
constexpr bool in_range(const OptimizerNumbers& n) { return wrong_number(n).what == nullptr; }

}  // namespace detail

/// How many numbers an optimizer remembers of each weight.
constexpr int states_of(Algorithm a, const OptimizerNumbers& n) {
  switch (a) {
    case Algorithm::Sgd:
      return n.momentum > 0 ? 1 : 0;
    case Algorithm::Adagrad:
    case Algorithm::Lion:
      return 1;
    case Algorithm::RmsProp:
      return 1 + (n.momentum > 0 ? 1 : 0) + (n.centered ? 1 : 0);
    case Algorithm::Adam:
    case Algorithm::AdamW:
    case Algorithm::Chosen:
      break;
  }
  return n.amsgrad ? 3 : 2;
}

}  // namespace tuneit
