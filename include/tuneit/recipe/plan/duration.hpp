#pragma once
// How long: so many epochs, or so many optimizer steps, or so many epochs in vain.
#include <concepts>

#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace slots {
struct Epochs {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
}  // namespace slots

/// N passes over the training set: as a policy the length of the training, as an argument a duration
/// (`StepLr<Epochs<7>, 0.1>`).
template <int N>
struct Epochs : PolicyTag {
  using slot = slots::Epochs;
  static constexpr int count = N;
  static constexpr const char* unit = "epochs";
  static constexpr long long in_steps(long long steps_per_epoch) { return N * steps_per_epoch; }
  /// `n` of them, which may be a fraction.
  static constexpr long long in_steps(double n, long long steps_per_epoch) {
    return static_cast<long long>(n * static_cast<double>(steps_per_epoch) + 0.5);
  }
  template <class Model>
  using judge = detail::JudgeNumber<Epochs, (N >= 1)>;
};

template <class P, auto MinDelta = 0>
struct EarlyStop;

/// So many epochs without a better result: they end a training, or lower a rate.
template <int N>
struct Patience {
  static constexpr int count = N;
  using home = EarlyStop<Patience>;
};

/// A duration of N optimizer steps.
template <int N>
struct Steps {
  static constexpr int count = N;
  static constexpr const char* unit = "steps";
  static constexpr long long in_steps(long long) { return N; }
  static constexpr long long in_steps(double n, long long) { return static_cast<long long>(n); }
};

template <class D>
concept Duration = requires {
  { D::count + 0 } -> std::same_as<int>;
  D::unit;
  D::in_steps(1.0, 1LL);
};

namespace detail {

template <class D>
inline constexpr bool is_epochs = false;
template <int N>
inline constexpr bool is_epochs<Epochs<N>> = true;

template <class P>
inline constexpr bool is_patience = false;
template <int N>
inline constexpr bool is_patience<Patience<N>> = true;

/// A duration as a number. What is none is judged as such (NotADuration), after the numbers exist.
template <class D>
constexpr Hyperparameter duration_number(const char* name, const char* about, double least = 1) {
  Hyperparameter k{.name = name, .value = count_of<D>(), .least = least, .most = 1e9, .about = about};
  if constexpr (Duration<D>) k.unit = D::unit;
  return k;
}

template <class P, class D>
struct JudgeDuration : Demand<Duration<D>, NotADuration<P, D>> {};

}  // namespace detail
}  // namespace tuneit
