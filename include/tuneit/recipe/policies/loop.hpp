#pragma once
// The training loop of a recipe: batch size, precision, accumulation, clipping, averaged weights, early stopping.
#include <cstdint>
#include <string>

#include "tuneit/meta/math.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/duration.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept SaysType = requires {
  typename P::type;
};

}  // namespace detail

namespace slots {
struct BatchSize {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
struct Precision {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysType<P>, true, "type"}}};
};
struct Accumulate {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_numbers<P, 1>}};
  static constexpr Topic topic = Topic::Steps;
  template <class P>
  static std::string sentence(const double* n) {
    return "the gradients of " + short_number(n[0]) + " batches make one step";
  }
};
}  // namespace slots

/// Images per step.
template <int N>
struct BatchSize : PolicyTag {
  using slot = slots::BatchSize;
  static constexpr int count = N;
  template <class Model>
  using judge = detail::JudgeNumber<BatchSize, (N >= 1)>;
};

namespace detail {

template <TakesSlot<slots::BatchSize> P>
inline constexpr std::array phase_numbers<P>{Hyperparameter{.name = "batch-size",
                                                            .value = count_of<P>(),
                                                            .least = 1,
                                                            .most = 1e6,
                                                            .whole = true,
                                                            .about = "pictures per step, in this phase"}};

}  // namespace detail

/// The number type in which a network computes. Weights, optimizer and batch norm's arithmetic are in single precision
/// all the same (in double precision for Double).
enum class PrecisionKind : std::uint8_t { Single, BFloat16, Half, Double, Auto };

struct FP32 {};  ///< single precision throughout
struct BF16 {};  ///< activations and products in bfloat16
struct FP16 {};  ///< activations and products in half precision, with a gradient scaler: for GPUs
struct FP64 {};  ///< double precision throughout, weights too: for checking gradients
struct Auto {};  ///< BF16 where the device computes in it, else FP32

struct ChosenPrecision;

namespace detail {

template <class P>
inline constexpr bool is_precision = false;
template <>
inline constexpr bool is_precision<FP32> = true;
template <>
inline constexpr bool is_precision<BF16> = true;
template <>
inline constexpr bool is_precision<FP16> = true;
template <>
inline constexpr bool is_precision<FP64> = true;
template <>
inline constexpr bool is_precision<Auto> = true;
template <>
inline constexpr bool is_precision<ChosenPrecision> = true;

}  // namespace detail

/// In which precision the network computes.
template <class P>
struct Precision : PolicyTag {
  using slot = slots::Precision;
  using type = P;
  template <class Model>
  using judge = Demand<detail::is_precision<P>, NotAPrecision<P>>;
};

namespace detail {

template <class P>
inline constexpr PrecisionKind precision_kind = PrecisionKind::Single;  // and of a ChosenPrecision
template <>
inline constexpr PrecisionKind precision_kind<BF16> = PrecisionKind::BFloat16;
template <>
inline constexpr PrecisionKind precision_kind<FP16> = PrecisionKind::Half;
template <>
inline constexpr PrecisionKind precision_kind<FP64> = PrecisionKind::Double;
template <>
inline constexpr PrecisionKind precision_kind<Auto> = PrecisionKind::Auto;

}  // namespace detail

/// What people call a number type.
constexpr const char* name_of(PrecisionKind t) {
  switch (t) {
    case PrecisionKind::Single:
      return "single precision";
    case PrecisionKind::BFloat16:
      return "bfloat16";
    case PrecisionKind::Half:
      return "half precision";
    case PrecisionKind::Double:
      return "double precision";
    case PrecisionKind::Auto:
      break;
  }
  return "bfloat16 where the device computes in it, else single precision";
}

/// The gradients of N batches are added before the optimizer steps: as if a batch were N times as large. They are
/// divided by the number of samples that were really seen, also in the last, shorter window of an epoch.
template <int N>
struct Accumulate : PolicyTag {
  using slot = slots::Accumulate;
  static constexpr std::array numbers{Hyperparameter{.name = "accumulate",
                                                     .value = N,
                                                     .least = 1,
                                                     .most = 1e6,
                                                     .whole = true,
                                                     .unit = "batches",
                                                     .about = "their gradients are added before a step"}};
  template <class Model>
  using judge = detail::JudgeRanges<Accumulate>;
};

namespace detail {

/// FP16 scales the loss before the backward pass, so that small gradients survive (torch's GradScaler).
template <class Type>
inline constexpr bool scales_loss = std::is_same_v<Type, FP16> || std::is_same_v<Type, ChosenPrecision>;
template <class P>
requires scales_loss<typename P::type>
struct ActsInSlot<P, slots::Precision> {
  static constexpr Moments acts = OnStart | OnOutputs | OnGradients;
  static constexpr Order order = Order::Scale;
  static constexpr Effects effects{};
};
/// Takes the gradients of each batch away, and gives those of the window in the place of the last one's.
template <class P>
struct ActsInSlot<P, slots::Accumulate> {
  static constexpr Moments acts = AfterBackward | OnGradients | OnDrop;
  static constexpr Order order = Order::Collect;
  static constexpr Effects effects{.gradient_copies = 1};
  static constexpr long long batches_per_step(const double* n) { return static_cast<long long>(n[0]); }
};

}  // namespace detail

/// How gradients are clipped: of all tensors together, before the optimizer steps.
enum class ClipKind : std::uint8_t { None, Norm, Value };

namespace slots {
struct Clip {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_kind<P, ClipKind>, detail::asked_numbers<P, 1>}};
};
}  // namespace slots

namespace detail {

/// What both have.
template <ClipKind Kind>
struct Clips : PolicyTag {
  using slot = slots::Clip;
  static constexpr ClipKind kind = Kind;
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Limit;
  static constexpr Topic topic = Topic::Gradients;
};

}  // namespace detail

/// Gradients are scaled down to a common 2-norm of at most Max (> 0): torch's clip_grad_norm_, g *= min(1, Max / (norm
/// + 1e-6)).
template <auto Max>
struct ClipNorm : detail::Clips<ClipKind::Norm> {
  static constexpr std::array numbers{Hyperparameter{.name = "clip-norm",
                                                     .value = static_cast<double>(Max),
                                                     .open = true,
                                                     .about = "the largest norm of all gradients together"}};
  static std::string sentence(const double* n) {
    return "gradients are scaled down to a norm of at most " + short_number(n[0]) + " together";
  }
  template <class Model>
  using judge = detail::JudgeRanges<ClipNorm>;
};

/// Each number of a gradient is clipped to [-Max, Max] (Max > 0): torch's clip_grad_value_.
template <auto Max>
struct ClipValue : detail::Clips<ClipKind::Value> {
  static constexpr std::array numbers{Hyperparameter{.name = "clip-value",
                                                     .value = static_cast<double>(Max),
                                                     .open = true,
                                                     .about = "the largest number of a gradient"}};
  static std::string sentence(const double* n) {
    return "each number of a gradient is clipped at " + short_number(n[0]);
  }
  template <class Model>
  using judge = detail::JudgeRanges<ClipValue>;
};

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

}  // namespace detail

namespace detail {

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
  static constexpr bool averages = true;
  static constexpr Moments acts = OnStart | AfterStep | BeforeEvaluation;
  static constexpr Effects effects{.weight_copies = 1};
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

namespace detail {

template <class P>
concept SaysStops = requires {
  P::stops;
};
template <class P>
concept HasStops = requires {
  { P::stops } -> Is<bool>;
};

}  // namespace detail

namespace slots {
struct EarlyStop {
  template <class P, class Model>
  static constexpr SlotAsks asks = {
      {{detail::SaysStops<P>, detail::HasStops<P>, "stops"}, detail::asked_numbers<P, 2>}};
};
}  // namespace slots

/// Ends the training when the test loss has not fallen (by more than MinDelta) for Patience epochs; without a test
/// part, the training loss. Keras' EarlyStopping with its defaults.
template <class P, auto MinDelta>
struct EarlyStop : PolicyTag {
  using slot = slots::EarlyStop;
  static constexpr bool stops = true;
  static constexpr Moments acts = OnEpoch;
  static constexpr std::array numbers{
      Hyperparameter{.name = "patience",
                     .value = detail::count_of<P>(),
                     .least = 1,
                     .most = 1e6,
                     .whole = true,
                     .unit = "epochs",
                     .about = "without a lower test loss end the training"},
      Hyperparameter{.name = "min-delta", .value = static_cast<double>(MinDelta), .about = "what counts as lower"}};
  static constexpr Topic topic = Topic::Ending;
  static std::string sentence(const double* n) {
    return "ends early after " + short_number(n[0]) + " epochs without a test loss that is lower" +
           (n[1] > 0 ? " by more than " + short_number(n[1]) : "");
  }
  template <class Parts>
  using judge_recipe = Demand<(detail::count_of<P>() < Parts::epochs), NeverStops<EarlyStop, Parts::epochs>>;
  template <class Times>
  static void judge_time(Times& all, const double* n) {
    if (n[0] >= all.epochs()) all.template never_stops<EarlyStop>("patience is " + short_number(n[0], 9) + " epochs");
  }
  template <class Model>
  using judge = judge_all<Demand<detail::is_patience<P>, NotADuration<EarlyStop, P>>, detail::JudgeRanges<EarlyStop>>;
};

namespace detail {

struct NoAccumulation {};

}  // namespace detail
}  // namespace tuneit
