#pragma once
// Options of optimizers, and the numbers that set them. Names and defaults are those of torch.optim. One of one's own
// derives from OptimizerOption and has `numbers`; which formulas take it is said by those (optimizer.hpp).
#include <array>
#include <limits>
#include <string_view>

#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/plan/hyperparameter.hpp"

namespace tuneit {

/// How the losses of a batch become one number.
struct Mean {};
struct Sum {};

/// Numbers of the recipe's optimizer by their usual names, at run time: `settings.optimizer.lr = 5e-4`. Those that its
/// formula does not have are read by nobody. Numbers with other names are in Settings::values. 1: the option is there.
struct OptimizerSettings {
  double lr = 1e-3;
  double weight_decay = 0;
  double momentum = 0, dampening = 0, nesterov = 0;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, amsgrad = 0;
  double lr_decay = 0, accumulator = 0;   ///< of Adagrad; the latter is where its sum starts
  double smoothing = 0.99, centered = 0;  ///< of RMSprop
};

/// Base of the options of optimizers.
struct OptimizerOption {};

namespace detail {

/// A decay of an average, in [0, 1).
constexpr Hyperparameter average_number(const char* name, double value, const char* about, const char* label) {
  return {.name = name, .value = value, .most = 0.999999, .about = about, .label = label};
}
/// An option that is there (1) or not (0).
constexpr Hyperparameter flag_number(const char* name, const char* about, const char* label) {
  return {.name = name, .value = 1, .most = 1, .whole = true, .about = about, .label = label};
}

}  // namespace detail

/// The rate p -= rate * gradient (> 0), of a loss reduced by R: Mean, or Sum (a summed loss has gradients as many times
/// larger as there are samples in a batch).
template <auto X, class R = Mean>
struct Lr : OptimizerOption {
  using reduction = R;
  static constexpr std::array numbers{Hyperparameter{
      .name = "lr", .value = static_cast<double>(X), .open = true, .about = "learning rate", .label = "rate"}};
};
/// >= 0.
template <auto X>
struct WeightDecay : OptimizerOption {
  static constexpr std::array numbers{Hyperparameter{.name = "weight-decay",
                                                     .value = static_cast<double>(X),
                                                     .about = "pulls weights towards 0",
                                                     .label = "weight decay"}};
};
/// Of Sgd and RmsProp, in [0, 1).
template <auto X>
struct Momentum : OptimizerOption {
  static constexpr std::array numbers{[] {
    Hyperparameter h = detail::average_number("momentum", static_cast<double>(X), "of the gradients", "momentum");
    h.moves = true;
    return h;
  }()};
};
/// Of Sgd, in [0, 1).
template <auto X>
struct Dampening : OptimizerOption {
  static constexpr std::array numbers{
      detail::average_number("dampening", static_cast<double>(X), "of the momentum", "dampening")};
};
/// Of Adam, AdamW, Lion and Lamb, both in [0, 1).
template <auto B1, auto B2>
struct Betas : OptimizerOption {
  static constexpr std::array numbers{
      [] {
        Hyperparameter h = detail::average_number("beta1", static_cast<double>(B1), "of the first moment", "beta1");
        h.moves = true;
        return h;
      }(),
      detail::average_number("beta2", static_cast<double>(B2), "of the second moment", "beta2")};
};
/// Keeps a division finite, > 0.
template <auto X>
struct Eps : OptimizerOption {
  static constexpr std::array numbers{Hyperparameter{
      .name = "eps", .value = static_cast<double>(X), .open = true, .about = "keeps a division finite", .label = ""}};
};
/// Of Sgd: looks one step ahead along the momentum; needs one, and no dampening.
struct Nesterov : OptimizerOption {
  static constexpr std::array numbers{detail::flag_number("nesterov", "looks ahead along the momentum", "Nesterov")};
};
/// Of Adam and AdamW: divides by the largest second moment so far (arXiv 1904.09237).
struct AmsGrad : OptimizerOption {
  static constexpr std::array numbers{
      detail::flag_number("amsgrad", "divides by the largest second moment so far", "AMSGrad")};
};
/// In the Defaults of a formula: it has this option, and does without it where a recipe does not say it.
template <class Flag>
struct No : OptimizerOption {
  static constexpr auto numbers = [] {
    auto off = Flag::numbers;
    for (Hyperparameter& h : off) h.value = 0;
    return off;
  }();
};

namespace detail {

template <class O>
concept IsOptimizerOption = std::is_base_of_v<OptimizerOption, O> && number_count<O>
!= 0;

/// Where a number has a place of its own by its name; null: in Settings::values.
constexpr double OptimizerSettings::*named_member(std::string_view name) {
  using S = OptimizerSettings;
  constexpr struct {
    std::string_view name;
    double S::*member;
  } all[] = {{"lr", &S::lr},
             {"weight-decay", &S::weight_decay},
             {"momentum", &S::momentum},
             {"dampening", &S::dampening},
             {"nesterov", &S::nesterov},
             {"beta1", &S::beta1},
             {"beta2", &S::beta2},
             {"eps", &S::eps},
             {"amsgrad", &S::amsgrad},
             {"lr-decay", &S::lr_decay},
             {"initial-accumulator", &S::accumulator},
             {"smoothing", &S::smoothing},
             {"centered", &S::centered}};
  for (const auto& one : all)
    if (one.name == name) return one.member;
  return nullptr;
}

/// A number that makes no sense, and what it is; `what` is null where all numbers do.
struct WrongNumber {
  const char* what = nullptr;
  double value = 0;
};

constexpr bool is_share(double x) { return 0 <= x && x < 1; }
constexpr bool is_positive(double x) { return x > 0 && x < std::numeric_limits<double>::infinity(); }
constexpr bool is_not_negative(double x) { return x == 0 || is_positive(x); }

// For which reduction of the loss is the rate meant? Whoever does not say it means the mean.
template <class Option>
inline constexpr bool for_sums = false;
template <auto X>
inline constexpr bool for_sums<Lr<X, Sum>> = true;

}  // namespace detail
}  // namespace tuneit
