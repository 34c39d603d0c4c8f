#pragma once
// Several losses at once, of one output or of several.
#include <array>

#include "tuneit/recipe/losses/own_loss.hpp"

namespace tuneit {

/// A loss W times, of Losses. W is at least 0, and a number of the recipe ("loss-weight").
template <class L, auto W>
struct Weighted {
  using loss = L;
  static constexpr std::array numbers{
      Hyperparameter{.name = "loss-weight", .value = static_cast<double>(W), .about = "how often a loss counts"}};
};

namespace detail {

// The loss of an item; of what is none, one that fits everything, until it is refused.
struct AnyLoss {
  using targets = Classes;
  using reduction = Mean;
  static constexpr Mixes mixes = Mixes::Never;
  static constexpr bool fits(Shape) { return true; }
  template <class Model>
  using judge = Demand<true, void>;
};
template <class T>
struct LossIn {
  static constexpr bool value = false;
  using type = AnyLoss;
};
template <class L, auto W>
requires(TakesSlot<L, slots::Loss>&& has_all_asked<L>) struct LossIn<Weighted<L, W>> {
  static constexpr bool value = true;
  using type = L;
};
template <class W>
using loss_in = typename LossIn<W>::type;

// Who is no loss with a weight, or a loss that lacks something.
template <class All, class W>
struct JudgeWeighted : Demand<LossIn<W>::value, NotAnOption<All, W>> {};
template <class All, class L, auto W>
requires(TakesSlot<L, slots::Loss> && !has_all_asked<L>) struct JudgeWeighted<All, Weighted<L, W>> {
  using type = lacking_reason<L>;
};

template <class A, class B>
struct JudgeAlike
    : Demand<(!std::is_same_v<on_of<A>, on_of<B>> || std::is_same_v<typename A::targets, typename B::targets>)&&std::
                 is_same_v<typename A::reduction, typename B::reduction>,
             LossesDiffer<A, B>> {};

// Settings::label_smoothing is one number. `Shared` has it, or none does.
template <class Shared, class L>
constexpr bool smooths_alike() {
  if constexpr (SmoothsLabels<Shared> && SmoothsLabels<L>) return Shared::label_smoothing == L::label_smoothing;
  return true;
}

/// Of each loss its weight, then its own numbers.
template <class... Ws>
constexpr auto join_weighted() {
  std::array<Hyperparameter, (std::size_t{0} + ... + (number_count<Ws> + number_count<loss_in<Ws>>))> all{};
  std::size_t n = 0;
  const auto add = [&](const auto& some) {
    for (const Hyperparameter& one : some) all[n++] = one;
  };
  const auto both = [&]<class W>(Type<W>) {
    add(hyperparameters_of<W>);
    add(hyperparameters_of<loss_in<W>>);
  };
  (both(Type<Ws>{}), ...);
  return all;
}

/// Where among these the numbers of P are, a loss or one with its weight; negative: nowhere.
template <class P, class... Ws>
constexpr int offset_in_losses(List<Ws...>) {
  int at = 0, found = -1;
  const auto one = [&]<class W>(Type<W>) {
    if (found < 0 && std::is_same_v<P, W>) found = at;
    at += static_cast<int>(number_count<W>);
    if (found < 0 && std::is_same_v<P, loss_in<W>>) found = at;
    at += static_cast<int>(number_count<loss_in<W>>);
  };
  (one(Type<Ws>{}), ...);
  return found;
}

/// The label smoothing of the first that has one.
template <class... Ws>
struct SharedSmoothing {};
template <class W, class... Ws>
struct SharedSmoothing<W, Ws...> : SharedSmoothing<Ws...> {};
template <class W, class... Ws>
requires SmoothsLabels<loss_in<W>>
struct SharedSmoothing<W, Ws...> {
  static constexpr double label_smoothing = loss_in<W>::label_smoothing;
};

}  // namespace detail

/// The sum of losses, each with its weight: `Losses<Weighted<CrossEntropy<>, 1>, Weighted<Margin, 0.5>>`. Those of one
/// output have the same targets; each output has its own: `Losses<Weighted<CrossEntropy<On<"class">>, 1>,
/// Weighted<MeanSquaredError<On<"depth">>, 0.5>>`. What is told of a batch is the sum, hits are counted once (of the
/// first that counts them), and label smoothing is that of all that have one.
template <class First, class... Ws>
struct Losses : Loss<Losses<First, Ws...>>, detail::SharedSmoothing<First, Ws...> {
  using ships = Losses;
  using first = detail::loss_in<First>;
  using items = List<first, detail::loss_in<Ws>...>;
  using weighted = List<First, Ws...>;
  using on = void;  // each its own
  using targets = typename first::targets;
  using reduction = typename first::reduction;
  static constexpr bool of_tokens = takes_token_outputs<first> && (takes_token_outputs<detail::loss_in<Ws>> && ...);
  static constexpr const char* name = "Losses";
  static constexpr Mixes mixes =  // each in its own way
      ((first::mixes == Mixes::Never) || ... || (detail::loss_in<Ws>::mixes == Mixes::Never)) ? Mixes::Never
                                                                                              : first::mixes;
  static constexpr auto numbers = detail::join_weighted<First, Ws...>();
  static constexpr bool fits(Shape output) { return (first::fits(output) && ... && detail::loss_in<Ws>::fits(output)); }
  template <class Model>
  using judge = judge_all<detail::JudgeWeighted<Losses, First>, detail::JudgeWeighted<Losses, Ws>...,
                          typename first::template judge<Model>, typename detail::loss_in<Ws>::template judge<Model>...,
                          detail::JudgeAlike<first, detail::loss_in<Ws>>...,
                          Demand<detail::smooths_alike<detail::SharedSmoothing<First, Ws...>, detail::loss_in<Ws>>(),
                                 LossesDiffer<first, detail::loss_in<Ws>>>...,
                          detail::JudgeRanges<First>, detail::JudgeRanges<Ws>...>;
};

}  // namespace tuneit
