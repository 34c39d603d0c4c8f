#pragma once
// The rest of a recipe: batch size, precision, loss. (The number of epochs stands beside the schedules that use it.)
#include <cstdint>

#include "tuneit/recipe/optimizers.hpp"

namespace tuneit {

namespace slots {
struct BatchSize {};
struct Precision {};
struct Loss {};
}  // namespace slots

/// Pictures per step.
template <int N>
struct BatchSize : PolicyTag {
  using slot = slots::BatchSize;
  static constexpr int count = N;
  template <class Model>
  using judge = detail::JudgeNumber<BatchSize, (N >= 1)>;
};

/// The number type in which a network computes. Weights, optimizer and batch norm's arithmetic are in single precision
/// all the same (in double precision for Double).
enum class NumberType : std::uint8_t { Single, BFloat16, Half, Double, Auto };

struct FP32 {};  ///< single precision throughout
struct BF16 {};  ///< activations and products in bfloat16
struct FP16 {};  ///< activations and products in half precision, with a gradient scaler: for GPUs
struct FP64 {};  ///< double precision throughout, weights too: for checking gradients
struct Auto {};  ///< BF16 where the device computes in it, else FP32

/// In which precision the network computes.
template <class P>
struct Precision : PolicyTag {
  using slot = slots::Precision;
  using type = P;
};

namespace detail {

template <class P>
inline constexpr NumberType number_type = NumberType::Single;  // and of a ChosenPrecision
template <>
inline constexpr NumberType number_type<BF16> = NumberType::BFloat16;
template <>
inline constexpr NumberType number_type<FP16> = NumberType::Half;
template <>
inline constexpr NumberType number_type<FP64> = NumberType::Double;
template <>
inline constexpr NumberType number_type<Auto> = NumberType::Auto;

}  // namespace detail

/// What people call a number type.
constexpr const char* name_of(NumberType t) {
  switch (t) {
    case NumberType::Single:
      return "single precision";
    case NumberType::BFloat16:
      return "bfloat16";
    case NumberType::Half:
      return "half precision";
    case NumberType::Double:
      return "double precision";
    case NumberType::Auto:
      break;
  }
  return "bfloat16 where the device computes in it, else single precision";
}

/// The target is (1 - Epsilon) on the true class plus Epsilon / K on every class (torch's cross-entropy). In [0, 1).
template <auto Epsilon>
struct LabelSmoothing {
  static constexpr double value = static_cast<double>(Epsilon);
};

namespace detail {

template <class Option>
struct SmoothingOf {
  static constexpr bool known = false;
  static constexpr double value = 0;
};
template <auto E>
struct SmoothingOf<LabelSmoothing<E>> {
  static constexpr bool known = true;
  static constexpr double value = LabelSmoothing<E>::value;
};

template <class Loss, class Option, bool = SmoothingOf<Option>::known>
struct JudgeLossOption {
  using type = Accepted;
};
template <class Loss, class Option>
struct JudgeLossOption<Loss, Option, false> {
  using type = NotAnOption<Loss, Option>;
};

}  // namespace detail

/// Softmax cross-entropy with integer labels, mean over the batch. The default loss.
/// `CrossEntropy<LabelSmoothing<0.1>>`.
template <class... Options>
struct CrossEntropy : PolicyTag {
  using slot = slots::Loss;
  static constexpr double label_smoothing = (0.0 + ... + detail::SmoothingOf<Options>::value);
  template <class Model>
  using judge = judge_all<detail::JudgeLossOption<CrossEntropy, Options>...,
                          detail::JudgeNumber<CrossEntropy, (0 <= label_smoothing && label_smoothing < 1)>>;
};

}  // namespace tuneit
