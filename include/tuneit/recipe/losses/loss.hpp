#pragma once
// What is a loss? One type that says what it takes and which numbers it has, without LibTorch:
//
//     struct Absolute : Loss<Absolute> {
//       using targets = Values<0>;                                                    // as many as outputs
//       static constexpr bool fits(Shape output) { return output.channels() > 0; }      // which outputs it takes
//       static constexpr std::array numbers{Hyperparameter{.name = "margin", .value = 0.1}};   // may be left out
//       static constexpr Mixes mixes = Mixes::OfTargets;                              // left out: of mixed batches
//       none
//     };
//
// and `LossRun<Absolute>`, which says with LibTorch how it is computed (engine/loss/loss_run.hpp).
#include <array>
#include <cstddef>
#include <string>
#include <type_traits>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/net/leaf.hpp"
#include "tuneit/recipe/losses/on.hpp"
#include "tuneit/recipe/losses/targets.hpp"
#include "tuneit/recipe/optimizers/optimizer_options.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/phase_numbers.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/verdict/reasons/losses.hpp"

namespace tuneit {

namespace detail {

template <class P>
inline constexpr const char* loss_misspells = nullptr;
template <class P>
concept SaysTargets = requires {
  typename P::targets;
};
template <class P>
concept HasTargets = SaysTargets<P> && TargetTraits<typename P::targets>::known;
template <class P>
concept SaysFits = requires {
  P::fits(Shape{});
};
template <class P>
concept HasFits = requires {
  { P::fits(Shape{}) } -> std::same_as<bool>;
  typename std::bool_constant<P::fits(Shape{1, 1, 1})>;
};
template <class P>
concept SaysMixes = requires {
  P::mixes;
};
template <class P>
concept HasMixes = requires {
  { P::mixes } -> Is<Mixes>;
};
template <class P>
concept SaysReduction = requires {
  typename P::reduction;
};
template <class T>
inline constexpr bool is_reduction = std::is_same_v<T, Mean> || std::is_same_v<T, Sum>;
template <class P>
concept HasReduction = SaysReduction<P> && is_reduction<typename P::reduction>;

}  // namespace detail

namespace slots {
struct Loss {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::SaysTargets<P>, detail::HasTargets<P>, "targets"},
                                     {detail::SaysFits<P>, detail::HasFits<P>, "fits"},
                                     {detail::SaysMixes<P>, detail::HasMixes<P>, "mixes"},
                                     {detail::SaysReduction<P>, detail::HasReduction<P>, "reduction"},
                                     {detail::loss_misspells<P> == nullptr, true, detail::loss_misspells<P>}}};
};
}  // namespace slots

/// A loss derives from it, and says `targets` and `fits`. Supplied: the mean over a batch is trained, and mixed batches
/// are not taken.
template <class Self>
struct Loss : PolicyTag {
  using slot = slots::Loss;
  using self = Self;  ///< the loss of one that has a name of its own: struct Mine : Focal<Gamma<3>> {}
  using reduction = Mean;
  static constexpr Mixes mixes = Mixes::Never;
  template <class Model>
  using judge = detail::JudgeRanges<Self>;
};

/// How a loss is computed, declared without LibTorch: engine/loss/loss_run.hpp says what it has.
template <class L>
struct LossRun;

namespace detail {

template <class L>
concept SaysRun = requires {
  &LossRun<L>::run;
}
|| requires { &LossRun<L>::value; };

}  // namespace detail

/// Has anybody said how the loss is computed? `Accepted`, or a reason: asked where it is trained.
template <class L>
using loss_run_verdict = typename Demand<detail::SaysRun<L>, LossDoesNotRun<L>>::type;

namespace detail {

/// A loss that softens labels says `label_smoothing`; it is Settings::label_smoothing, and 0 in evaluation.
template <class L>
concept SmoothsLabels = requires {
  { L::label_smoothing } -> std::convertible_to<double>;
};
template <TakesSlot<slots::Loss> L>
requires SmoothsLabels<L>
inline constexpr std::array phase_numbers<L>{Hyperparameter{.name = "label-smoothing",
                                                            .value = L::label_smoothing,
                                                            .most = 1,
                                                            .about = "share of each label that goes to all classes, in "
                                                                     "this phase"}};
template <class L>
struct SmoothingNumber {};
template <SmoothsLabels L>
struct SmoothingNumber<L> {
  double smoothing = L::label_smoothing;
};

}  // namespace detail

/// The numbers of a loss as they are in a run, in the order of its `numbers`; as its type has them unless said.
/// `n.smoothing`: of a loss that says `label_smoothing`.
template <class L>
struct Numbers : detail::SmoothingNumber<L> {
  constexpr Numbers() = default;
  constexpr explicit Numbers(const double* values) {
    for (std::size_t i = 0; i < number_count<L>; ++i) all_[i] = values[i];
  }
  /// Those of a loss with a name of its own, for the one that it is: struct Mine : Focal<Gamma<3>> {}.
  template <class Named>
  requires(std::is_base_of_v<L, Named>&& number_count<Named> ==
           number_count<L>) constexpr explicit Numbers(const Numbers<Named>& n)
      : Numbers(n.data()) {
    if constexpr (detail::SmoothsLabels<L>) this->smoothing = n.smoothing;
  }
  /// Throws Error(Usage) where the loss has no such number: `numbers` is misspelt, or shorter.
  constexpr double operator[](std::size_t i) const {
    if (i >= number_count<L>) refuse(i);
    return all_[i];
  }
  [[nodiscard]] constexpr const double* data() const { return all_.data(); }

 private:
  [[noreturn, gnu::noinline]] static void refuse(std::size_t i) {
    throw Error(
        ErrorKind::Usage,
        "a loss reads its number " + std::to_string(i) + " (from 0), and it has " + std::to_string(number_count<L>),
        "Say it in `static constexpr std::array numbers{Hyperparameter{...}}`.");
  }
  std::array<double, number_count<L> + 1> all_ = detail::number_values<L>;
};

namespace detail {

// --- losses with options: CrossEntropy<LabelSmoothing<0.1>, Sum>. An option says its `home`, the loss with it alone,
// and may have `numbers` (one) or `in_range`.
template <class A, class B>
inline constexpr bool same_family = false;
template <template <class...> class T, class... As, class... Bs>
inline constexpr bool same_family<T<As...>, T<Bs...>> = true;
template <class A, class B>
inline constexpr bool same_number = false;
template <template <auto> class T, auto A, auto B>
inline constexpr bool same_number<T<A>, T<B>> = true;

template <class O>
concept LossOption = requires {
  typename O::home::self;
  requires std::is_same_v<typename O::home::slot, slots::Loss>;
};
template <class Self, class O>
constexpr bool is_option_of_loss() {
  if constexpr (requires { typename O::home; })
    return same_family<Self, typename O::home>;
  else
    return is_reduction<O> || is_on<O>;
}

/// The number of the option that says the same as Default, or Default's.
template <class Default, class... Options>
constexpr Hyperparameter number_among() {
  Hyperparameter number = Default::numbers[0];
  [[maybe_unused]] const auto one = [&]<class O>(Type<O>) {
    if constexpr (same_number<O, Default>) number = O::numbers[0];
  };
  (one(Type<Options>{}), ...);
  return number;
}
constexpr double least_of(const auto& values) {
  double least = 0;
  for (const double x : values) least = x < least ? x : least;
  return least;
}
template <class O>
constexpr bool option_in_range() {
  if constexpr (requires { O::in_range; }) return O::in_range;
  return numbers_in_range<O>();
}

template <class L, class Option>
struct JudgeLossOption : Demand<is_option_of_loss<L, Option>(), NotAnOption<L, Option>> {};

template <class Self, class... Options>
struct LossWithOptions : Loss<Self> {
  using ships = Self;
  using reduction = std::conditional_t<(std::is_same_v<Options, Sum> || ...), Sum, Mean>;
  using on = front_or_t<filter_t<IsOn, Options...>, void>;
  template <class O>
  static constexpr bool takes = is_option_of_loss<Self, O>();
  template <class Model>
  using judge = judge_all<JudgeLossOption<Self, Options>..., JudgeNumber<Self, (option_in_range<Options>() && ...)>>;
};

/// How many outputs of such a shape are told apart: classes, labels, numbers.
constexpr int count_outputs(Shape output) { return output.channels(); }
/// The shape of so many.
constexpr Shape shape_of_outputs(int count) { return Shape(count); }

}  // namespace detail
}  // namespace tuneit
