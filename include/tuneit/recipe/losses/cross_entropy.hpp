#pragma once
// Softmax cross-entropy. Formula, names and defaults are torch's.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"
#include "tuneit/verdict/reasons/losses.hpp"

namespace tuneit {

template <class... Options>
struct CrossEntropy;

namespace detail {
template <class T>
struct SmoothingIs {
  using type = NumberIs<"label-smoothing", T::value, be::InUnder<0., 1.>>;
};
}  // namespace detail

/// The target is (1 - Epsilon) on the true class plus Epsilon / K on every class (torch's cross-entropy). In [0, 1).
template <auto Epsilon>
struct LabelSmoothing {
  using home = CrossEntropy<LabelSmoothing>;
  static constexpr double value = static_cast<double>(Epsilon);
  static constexpr bool in_range = value >= 0 && value < 1;
  using number_is = detail::SmoothingIs<LabelSmoothing>;
};

namespace detail {
template <class T>
struct ClassWeightIs {
  using type = NumberIs<"class-weight", least_of(T::values), be::Over<0.>>;
};
}  // namespace detail

/// The weight of each class, in the order of the classes; one for each (torch's `weight`: the mean is divided by the
/// weights of the targets). All > 0.
template <auto... W>
struct ClassWeights {
  using home = CrossEntropy<ClassWeights>;
  static constexpr std::array<double, sizeof...(W)> values{static_cast<double>(W)...};
  static constexpr bool in_range = ((W > 0) && ...);
  using number_is = detail::ClassWeightIs<ClassWeights>;
};

/// Targets are probabilities [N, K] rather than the number of a class: distillation, labels softened by oneself.
struct SoftTargets {
  using home = CrossEntropy<SoftTargets>;
};

namespace detail {

template <class O>
struct IsClassWeights {
  static constexpr bool value = false;
};
template <auto... W>
struct IsClassWeights<ClassWeights<W...>> {
  static constexpr bool value = true;
};
template <class... Options>
constexpr double smoothing_among() {
  double smoothing = 0;
  [[maybe_unused]] const auto one = [&]<class O>(Type<O>) {
    if constexpr (same_number<O, LabelSmoothing<0>>) smoothing = O::value;
  };
  (one(Type<Options>{}), ...);
  return smoothing;
}

}  // namespace detail

/// Softmax cross-entropy, K logits a sample, the label the number of a class. The default loss. Of outputs for each
/// token of a text the mean over tokens that have a label: -100 is none.
/// `CrossEntropy<LabelSmoothing<0.1>>`, `CrossEntropy<ClassWeights<1, 3>>`, `CrossEntropy<Sum>`.
template <class... Options>
struct CrossEntropy : detail::LossWithOptions<CrossEntropy<Options...>, Options...> {
  using known_options = List<LabelSmoothing<0.1>, ClassWeights<1, 3>, SoftTargets, Sum>;
  static constexpr bool soft = (std::is_same_v<Options, SoftTargets> || ...);
  using targets = std::conditional_t<soft, Probabilities<0>, Classes>;
  using class_weights = front_or_t<filter_t<detail::IsClassWeights, Options...>, ClassWeights<>>;
  static constexpr const char* name = "CrossEntropy";
  static constexpr bool of_tokens = !soft;
  static constexpr Mixes mixes = soft ? Mixes::Never : Mixes::Linear;
  static constexpr double label_smoothing = detail::smoothing_among<Options...>();

  static constexpr bool fits(Shape output) { return detail::count_outputs(output) >= 2 && weights_fit(output); }
  /// Why it does not fit: what, and what to do.
  static std::array<std::string, 2> misfit(Shape output) {
    if (!weights_fit(output))
      return {"the loss has weights of " + std::to_string(class_weights::values.size()) +
                  " classes, and the head has " + std::to_string(detail::count_outputs(output)),
              "Give ClassWeights one number for each class."};
    return {"this loss does not fit a head with one output: cross-entropy needs at least two",
            "For one output: BinaryCrossEntropy, or MeanSquaredError for regression."};
  }
  static std::string words(const Numbers<CrossEntropy>& n) {
    std::string text = soft ? "cross-entropy against probabilities" : "cross-entropy";
    if (n.smoothing > 0) text += " with label smoothing " + short_number(n.smoothing);
    if (!class_weights::values.empty()) text += ", classes weighted";
    for (const double w : class_weights::values) text += " " + short_number(w);
    return text;
  }
  template <class Model>
  using judge = judge_all<typename detail::LossWithOptions<CrossEntropy, Options...>::template judge<Model>,
                          Demand<!(soft && label_smoothing > 0), SmoothsTwice<CrossEntropy>>>;

 private:
  static constexpr bool weights_fit(Shape output) {
    const std::size_t weights = class_weights::values.size();
    return weights == 0 || static_cast<int>(weights) == detail::count_outputs(output);
  }
};

namespace detail {

/// The weights by which a loss divides its mean; of several losses those of the first.
template <class L>
struct WeightsOf {
  using type = ClassWeights<>;
};
template <class L>
requires requires { L::class_weights::values.size(); }
struct WeightsOf<L> {
  using type = typename L::class_weights;
};
template <class L>
requires requires { typename L::first; }
struct WeightsOf<L> : WeightsOf<typename L::first> {};
template <class L>
using weights_of = typename WeightsOf<L>::type;

}  // namespace detail
}  // namespace tuneit
