#pragma once
// In which number type does a network compute?
#include <type_traits>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace detail {

template <class P>
concept SaysType = requires {
  typename P::type;
};

}  // namespace detail

namespace slots {
struct Precision {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysType<P>, true, "type"}}};
};
}  // namespace slots

/// The number type in which a network computes. Weights, optimizer and batch norm's arithmetic are in single precision
/// all the same (in double precision for Double).
enum class PrecisionKind : std::uint8_t { Single, BFloat16, Half, Double, Auto };

struct FP32 {};  ///< single precision throughout, on GPUs too
struct TF32 {
};  ///< single precision, whose products GPUs from Ampere on compute of numbers with 10 bits (TensorFloat-32)
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
inline constexpr bool is_precision<TF32> = true;
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
inline constexpr PrecisionKind precision_kind = PrecisionKind::Single;  // and of TF32 and a ChosenPrecision
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

namespace detail {

/// FP16 scales the loss before the backward pass, so that small gradients survive (torch's GradScaler).
template <class Type>
inline constexpr bool scales_loss = std::is_same_v<Type, FP16> || std::is_same_v<Type, ChosenPrecision>;
template <class P>
requires scales_loss<typename P::type>
struct ActsInSlot<P, slots::Precision> {
  static constexpr Moments acts = OnStart | OnOutputs | OnGradients;
  static constexpr Order order = Order::Scale;
  static constexpr Effects effects{.replays = true};
};

}  // namespace detail

}  // namespace tuneit
