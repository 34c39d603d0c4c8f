#pragma once
// A moving average of the weights.
#include <array>
#include <string>

#include "tuneit/meta/math.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

/// The decay of an average in its first steps. None: Decay from the first step on (the average starts at the weights).
struct NoEmaWarmup {
  static constexpr double decay(long long, double most) { return most; }
};
/// timm's: min(Decay, 1 - (1 + t / Gamma)^-Power) at update t = 1, 2, ...; 0 before (the average is the weights).
template <auto Gamma = 1.0, auto Power = 2.0 / 3>
struct EmaWarmup {
  static constexpr double gamma = static_cast<double>(Gamma), power = static_cast<double>(Power);
  static constexpr double decay(long long t, double most) {
    if (t <= 0) return 0;
    const double d = 1 - detail::power(1 + static_cast<double>(t) / gamma, -power);
    return d < most ? d : most;
  }
};

namespace detail {

template <class W>
inline constexpr bool warms_up = requires(long long t) {
  W::decay(t, 0.5);
};

template <class P>
concept SaysAverages = requires {
  P::averages;
};
template <class P>
concept HasAverages = requires {
  { P::averages } -> Is<bool>;
};
template <class P>
concept SaysWarmup = requires {
  typename P::warmup;
};

}  // namespace detail

namespace slots {
struct Ema {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysAverages<P>, detail::HasAverages<P>, "averages"},
                                     {detail::SaysWarmup<P>, true, "warmup"},
                                     detail::asked_numbers<P, 1>}};
};
}  // namespace slots

/// Beside the weights w their moving average is kept: a = d a + (1 - d) w after each step, floating-point buffers
/// averaged too and counts copied. Tests, best weights and saved files use the average. Decay d in (0, 1).
template <auto Decay, class W = NoEmaWarmup>
struct Ema : PolicyTag {
  using slot = slots::Ema;
  using known_options = List<EmaWarmup<>>;
  static constexpr bool averages = true;
  static constexpr Moments acts = OnStart | AfterStep | BeforeEvaluation;
  static constexpr Effects effects{.weight_copies = 1, .replays = true};
  using warmup = W;
  static constexpr std::array numbers{Hyperparameter{.name = "ema-decay",
                                                     .value = static_cast<double>(Decay),
                                                     .most = 0.9999999,
                                                     .open = true,
                                                     .about = "of the averaged weights"}};
  static constexpr Topic topic = Topic::Average;
  static std::string sentence(const double* n) {
    return "tests and files use averaged weights, decay " + short_number(n[0]) +
           (std::is_same_v<W, NoEmaWarmup> ? "" : " after " + type_name<W>());
  }
  template <class Model>
  using judge = judge_all<Demand<detail::warms_up<W>, NotAnOption<Ema, W>>, detail::JudgeRanges<Ema>>;
};

}  // namespace tuneit
