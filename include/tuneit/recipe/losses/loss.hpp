#pragma once
// Losses as types, each with its reduction. Formulas, names and defaults are torch's (focal: torchvision's).
#include <limits>

#include "tuneit/recipe/optimizers/optimizers.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

enum class LossKind { CrossEntropy, BinaryCrossEntropy, MeanSquaredError, Focal };

/// The target is (1 - Epsilon) on the true class plus Epsilon / K on every class (torch's cross-entropy). In [0, 1).
template <auto Epsilon>
struct LabelSmoothing {
  static constexpr double value = static_cast<double>(Epsilon);
};

/// The weight of each class, in the order of the classes; one for each (torch's `weight`: the mean is divided by the
/// weights of the targets). All > 0.
template <auto... W>
struct ClassWeights {
  static constexpr std::array<double, sizeof...(W)> values{static_cast<double>(W)...};
};

/// Targets are probabilities [N, K] rather than the number of a class: distillation, labels softened by oneself.
struct SoftTargets {};

/// Weight of the positive examples of BinaryCrossEntropy (torch's `pos_weight`, equal for all classes). > 0.
template <auto W>
struct PosWeight {
  static constexpr double value = static_cast<double>(W);
};

/// The exponent of Focal, >= 0: how much well-classified examples are played down.
template <auto G>
struct Gamma {
  static constexpr double value = static_cast<double>(G);
};

/// The weight of positive examples of Focal in [0, 1] (the negatives have 1 - A), or negative: none.
template <auto A>
struct Alpha {
  static constexpr double value = static_cast<double>(A);
};

namespace detail {

// What an option says to a loss. `takes<Loss kind>`: is it one of its options?
template <class O>
struct LossOption {
  static constexpr bool takes(LossKind) { return false; }
};
template <auto E>
struct LossOption<LabelSmoothing<E>> {
  static constexpr bool takes(LossKind k) { return k == LossKind::CrossEntropy; }
  static constexpr double smoothing = LabelSmoothing<E>::value;
};
template <auto... W>
struct LossOption<ClassWeights<W...>> {
  static constexpr bool takes(LossKind k) { return k == LossKind::CrossEntropy; }
  using weights = ClassWeights<W...>;
};
template <>
struct LossOption<SoftTargets> {
  static constexpr bool takes(LossKind k) { return k == LossKind::CrossEntropy; }
  static constexpr bool soft = true;
};
template <auto W>
struct LossOption<PosWeight<W>> {
  static constexpr bool takes(LossKind k) { return k == LossKind::BinaryCrossEntropy; }
  static constexpr double pos_weight = PosWeight<W>::value;
};
template <auto G>
struct LossOption<Gamma<G>> {
  static constexpr bool takes(LossKind k) { return k == LossKind::Focal; }
  static constexpr double gamma = Gamma<G>::value;
};
template <auto A>
struct LossOption<Alpha<A>> {
  static constexpr bool takes(LossKind k) { return k == LossKind::Focal; }
  static constexpr double alpha = Alpha<A>::value;
};
template <>
struct LossOption<Mean> {
  static constexpr bool takes(LossKind) { return true; }
};
template <>
struct LossOption<Sum> {
  static constexpr bool takes(LossKind) { return true; }
};

template <class Loss, class Option>
struct JudgeLossOption : Demand<LossOption<Option>::takes(Loss::kind), NotAnOption<Loss, Option>> {};

/// The numbers of a loss as its options have them.
struct LossNumbers {
  double smoothing = 0, pos_weight = 1, gamma = 2, alpha = 0.25;
  bool soft = false;
  constexpr bool operator==(const LossNumbers&) const = default;
};

template <class... Options>
constexpr LossNumbers loss_numbers() {
  LossNumbers n;
  [[maybe_unused]] const auto one = [&]<class O>(Type<O>) {
    if constexpr (requires { LossOption<O>::smoothing; }) n.smoothing = LossOption<O>::smoothing;
    if constexpr (requires { LossOption<O>::pos_weight; }) n.pos_weight = LossOption<O>::pos_weight;
    if constexpr (requires { LossOption<O>::gamma; }) n.gamma = LossOption<O>::gamma;
    if constexpr (requires { LossOption<O>::alpha; }) n.alpha = LossOption<O>::alpha;
    if constexpr (requires { LossOption<O>::soft; }) n.soft = true;
  };
  (one(Type<Options>{}), ...);
  return n;
}

template <class Option>
struct HasWeights {
  static constexpr bool value = requires { typename LossOption<Option>::weights; };
};

constexpr WrongNumber wrong_number(const LossNumbers& n) {
  if (!is_positive(n.pos_weight)) return {"the weight of the positive class", n.pos_weight};
  if (!is_not_negative(n.gamma)) return {"gamma of the focal loss", n.gamma};
  if (!(n.alpha <= 1 && n.alpha > -std::numeric_limits<double>::infinity()))
    return {"alpha of the focal loss", n.alpha};
  if (!is_share(n.smoothing)) return {"the smoothing of the loss", n.smoothing};
  return {};
}
constexpr bool in_range(const LossNumbers& n) { return wrong_number(n).what == nullptr; }
template <auto... W>
constexpr bool positive(ClassWeights<W...>) {
  return ((W > 0) && ...);
}

template <class P>
concept SaysLossNumbers = requires {
  P::loss.soft;
};
template <class P>
concept HasLossNumbers = requires {
  { P::loss } -> Is<LossNumbers>;
};
template <class P>
concept SaysSmoothing = requires {
  P::label_smoothing;
};
template <class P>
concept HasSmoothing = requires {
  { P::label_smoothing } -> std::convertible_to<double>;
};
template <class P>
concept SaysReduction = requires {
  typename P::reduction;
};
template <class P>
concept SaysClassWeights = requires {
  P::class_weights::values.size();
};

}  // namespace detail

namespace slots {
struct Loss {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_kind<P, LossKind>,
                                     {detail::SaysLossNumbers<P>, detail::HasLossNumbers<P>, "loss"},
                                     {detail::SaysSmoothing<P>, detail::HasSmoothing<P>, "label_smoothing"},
                                     {detail::SaysReduction<P>, true, "reduction"},
                                     {detail::SaysClassWeights<P>, true, "class_weights"}}};
};
}  // namespace slots

namespace detail {

template <class Self, LossKind K, class... Options>
struct LossPolicy : PolicyTag {
  using slot = slots::Loss;
  static constexpr LossKind kind = K;
  using reduction = std::conditional_t<(std::is_same_v<Options, Sum> || ...), Sum, Mean>;
  static constexpr LossNumbers loss = loss_numbers<Options...>();
  static constexpr double label_smoothing = loss.smoothing;
  using class_weights = front_or_t<filter_t<HasWeights, Options...>, ClassWeights<>>;
  template <class Model>
  using judge =
      judge_all<JudgeLossOption<Self, Options>..., JudgeNumber<Self, in_range(loss) && positive(class_weights{})>,
                Demand<!(loss.soft && loss.smoothing > 0), SmoothsTwice<Self>>>;
};

}  // namespace detail

/// Softmax cross-entropy, K logits a sample, the label the number of a class. The default loss.
/// `CrossEntropy<LabelSmoothing<0.1>>`, `CrossEntropy<ClassWeights<1, 3>>`, `CrossEntropy<Sum>`.
template <class... Options>
struct CrossEntropy : detail::LossPolicy<CrossEntropy<Options...>, LossKind::CrossEntropy, Options...> {};

/// Sigmoid cross-entropy of each logit, targets [N, K] in [0, 1]: several labels a sample (a label that is the number
/// of a class is taken as that one of K). The mean is over samples and logits: torch's BCEWithLogitsLoss.
template <class... Options>
struct BinaryCrossEntropy
    : detail::LossPolicy<BinaryCrossEntropy<Options...>, LossKind::BinaryCrossEntropy, Options...> {};

/// Squared difference of outputs and targets [N, K]: regression. The mean is over samples and outputs: torch's MSELoss.
template <class... Options>
struct MeanSquaredError : detail::LossPolicy<MeanSquaredError<Options...>, LossKind::MeanSquaredError, Options...> {};

/// Focal loss of each logit (arXiv 1708.02002): alpha_t (1 - p_t)^gamma times the sigmoid cross-entropy, as
/// torchvision's sigmoid_focal_loss. `Focal<Gamma<2>, Alpha<0.25>>` are the defaults. Targets as those of
/// BinaryCrossEntropy.
template <class... Options>
struct Focal : detail::LossPolicy<Focal<Options...>, LossKind::Focal, Options...> {};

}  // namespace tuneit
