#pragma once
// Do loss, optimizer, head and mixing fit together?
#include "tuneit/net/draws.hpp"
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/outputs.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class Parts>
constexpr int outputs() {
  if constexpr (Parts::new_classes != 0)
    return Parts::new_classes;
  else
    return fitting<typename Parts::model>.out.channels();
}
template <class Parts>
constexpr bool loss_fits_head() {
  constexpr int count = outputs<Parts>(), wanted = target_count<typename Parts::loss>;
  constexpr Shape out = fitting<typename Parts::model>.out;
  constexpr bool tokens = out.rank == 2;
  if constexpr (tokens) {
    if (is_of_samples<typename Parts::loss>) return false;
  } else if (target_kind<typename Parts::loss> == TargetKind::Spans) {
    return false;
  }
  if constexpr (Parts::new_classes == 0 && !tokens)  // one class a sample, not one a pixel
    if (are_of_classes(target_kind<typename Parts::loss>) && !out.is_flat()) return false;
  if (count == Dynamic) return true;
  return (wanted == 0 || wanted == count) &&
         Parts::loss::fits(tokens ? out.with_channels(count) : shape_of_outputs(count));
}
// Has some phase a loss? Asked before anybody knows whether they are phases.
template <class P>
inline constexpr bool phase_with_loss = false;
template <class L, class... Items>
inline constexpr bool phase_with_loss<Phase<L, Items...>> = slot_at<slots::Loss, Items...> < sizeof...(Items);
template <class Ps>
inline constexpr bool phases_with_loss = false;
template <class... Ps>
inline constexpr bool phases_with_loss<List<Ps...>> = (phase_with_loss<Ps> || ...);

// InPhases: those of phases, too, see judge.hpp.
template <class Parts, bool InPhases = phases_with_loss<typename Parts::phases::list>>
struct JudgeLossAndHead : Demand<loss_fits_head<Parts>(), LossDoesNotFitHead<typename Parts::loss, outputs<Parts>()>> {
};
template <class Parts>
requires names_outputs<Parts>
struct JudgeLossAndHead<Parts, false> : judge_all<JudgeNames<Parts>, JudgeEachOutput<Parts>> {
};

// Are the batches that the recipe's loss takes those of a phase's, too? A number of a class is a probability, and a
// label, too. `At`: of which output; where nobody knows it yet, another judge says so.
template <class Own, class Common>
constexpr bool takes_targets_of() {
  if constexpr (std::is_same_v<typename Own::targets, typename Common::targets>)
    return true;
  else
    return target_kind<Common> == TargetKind::Classes && target_kind<Own> != TargetKind::Values;
}
template <class Own, int At, class... Commons>
constexpr bool takes_targets_at(List<Commons...>) {
  if constexpr (At < 0)
    return true;
  else
    return takes_targets_of<Own, typename TypeAt<std::size_t{At}, List<Commons...>>::type>();
}
template <class Here, class... Own, std::size_t... I>
constexpr bool takes_all_targets(List<Own...>, std::index_sequence<I...>) {
  using Whole = typename Here::whole;
  return (takes_targets_at<Own, loss_places<Whole>.loss_of(loss_places<Here>.output[I])>(
              loss_items<typename Whole::loss>{}) &&
          ...);
}
template <class Here>
constexpr bool trains_on_same_targets() {
  using Own = loss_items<typename Here::loss>;
  return std::is_same_v<typename Here::loss::reduction, typename Here::whole::loss::reduction> &&
         takes_all_targets<Here>(Own{}, std::make_index_sequence<Own::size>{});
}

// An optimizer chosen at run time says nothing of its rate.
template <class Optimizer>
struct RateFor {
  using type = Mean;
};
template <class Optimizer>
requires requires { typename Optimizer::rate_for; }
struct RateFor<Optimizer> {
  using type = typename Optimizer::rate_for;
};
// A rate of a phase is for the same loss as that of the optimizer; and the optimizer's numbers must still make sense.
template <class Item, class Loss>
constexpr bool rate_fits() {
  if constexpr (IsOptimizerOption<Item> && requires { typename Item::reduction; })
    return std::is_same_v<typename Item::reduction, typename Loss::reduction>;
  return true;
}
template <class Parts, class Phase>
struct JudgePhaseRate {
  using type = Accepted;
};
template <class Parts, class L, class... Items>
struct JudgePhaseRate<Parts, Phase<L, Items...>> {
  using Opt = pick_from_t<slots::Optimizer, typename Parts::optimizer, List<Items...>>;
  template <class Item>
  static constexpr void say(auto& numbers) {
    if constexpr (IsOptimizerOption<Item>)
      for (const Hyperparameter& h : hyperparameters_of<Item>)
        if (const std::size_t i = number_at(numbers, h.name); i < numbers.size()) numbers[i].value = h.value;
  }
  static constexpr bool fits = [] {
    auto numbers = Opt::option_numbers;
    (say<Items>(numbers), ...);
    return nesterov_fits(numbers.data(), numbers.size());
  }();
  using type =
      typename judge_all<Demand<(rate_fits<Items, typename Parts::loss>() && ...) &&
                                    std::is_same_v<typename RateFor<Opt>::type, typename Parts::loss::reduction>,
                                RateForOtherReduction<Phase<L, Items...>, typename Parts::loss>>,
                         Demand<fits, NesterovNeedsMomentum<Phase<L, Items...>>>>::type;
};
template <class Parts, class Phases>
struct JudgePhaseRates;
template <class Parts, class... Ps>
struct JudgePhaseRates<Parts, List<Ps...>> : judge_all<JudgePhaseRate<Parts, Ps>...> {};
template <class Parts>
using JudgeOptimizerRate =
    Demand<std::is_same_v<typename RateFor<typename Parts::optimizer>::type, typename Parts::loss::reduction>,
           RateForOtherReduction<typename Parts::optimizer, typename Parts::loss>>;
template <class Parts>
struct JudgeReduction : judge_all<JudgeOptimizerRate<Parts>, JudgePhaseRates<Parts, typename Parts::phases::list>> {};

// Can a policy mix what flows in? Numbers; and where it cuts, images of one size.
template <class In, bool Cuts>
constexpr bool mixes_input(Shape first) {
  const Shape x = In::at(In::side);
  return x.dtype == ElementType::Number &&
         (!Cuts || (x.rank == 3 && x.height() == first.height() && x.width() == first.width()));
}
template <bool Cuts, class... Others>
constexpr bool mixes_inputs(Shape first, List<Others...>) {
  return first.dtype == ElementType::Number && (!Cuts || first.rank == 3) && (mixes_input<Others, Cuts>(first) && ...);
}
// A loss of what a sample is as a whole wants labels of which there can be two. Of its pixels the targets are cut as
// the images are, whatever the loss, and have their size.
template <class P, class Parts, class L, int Output>
struct JudgeMixOf {
  using Model = typename Parts::model;
  static constexpr Shape image = Model::input::at(Model::input::side), out = output_shape<Model, Output>();
  static constexpr bool pixels = !out.is_flat(), cuts = cuts_pixels(P::kind);
  static constexpr bool takes_two =
      L::mixes == Mixes::Linear || (L::mixes == Mixes::OfTargets && target_kind<L> != TargetKind::Classes);
  using type =
      typename judge_all<Demand<takes_two || (pixels && !blends_images(P::kind)), MixNeedsLabels<P, L>>,
                         Demand<!pixels || !cuts || (out.height() == image.height() && out.width() == image.width()),
                                CannotBeMixed<P, Model>>>::type;
};
template <class P, class Parts, class Indices, class Losses>
struct JudgeMixes;
template <class P, class Parts, std::size_t... I, class... Ls>
struct JudgeMixes<P, Parts, std::index_sequence<I...>, List<Ls...>>
    : judge_all<JudgeMixOf<P, Parts, Ls, loss_places<Parts>.output[I]>...> {};
template <class P, class Parts>
struct JudgeMix
    : judge_all<Demand<mixes_inputs<cuts_pixels(P::kind)>(Parts::model::input::at(Parts::model::input::side),
                                                          typename Parts::model::input::others{}),
                       CannotBeMixed<P, typename Parts::model>>,
                JudgeMixes<P, Parts, std::make_index_sequence<loss_items<typename Parts::loss>::size>,
                           loss_items<typename Parts::loss>>> {};

// Are the gradients of several batches those of one? A batch's mean divides by its samples, or by the weights of its
// labels; where losses divide by different numbers, no weight of a batch is right for all.
template <class Parts, class First, class... Ls, std::size_t... I>
constexpr bool window_is_exact(List<First, Ls...>, std::index_sequence<I...>) {
  constexpr bool tokens = ((output_shape<typename Parts::model, loss_places<Parts>.output[I]>().rank == 2) || ...);
  constexpr bool weighted = tokens || !weights_of<First>::values.empty() || (!weights_of<Ls>::values.empty() || ...);
  if constexpr (!weighted || std::is_same_v<typename Parts::loss::reduction, Sum>)
    return true;
  else
    return (std::is_same_v<weights_of<First>, weights_of<Ls>> && ...) &&
           ((loss_places<Parts>.target[I] == loss_places<Parts>.target[0]) && ...) &&
           std::is_void_v<pick_from_t<slots::Distill, void, typename Parts::common>>;
}
template <class P, class Parts>
struct JudgeWindow : Demand<window_is_exact<Parts>(loss_items<typename Parts::loss>{},
                                                   std::make_index_sequence<loss_items<typename Parts::loss>::size>{}),
                            AccumulatesWeightsApart<P, typename Parts::loss>> {};

/// Soft targets are probabilities of classes.
template <class P, class Parts>
struct JudgeDistill
    : judge_all<
          Demand<output_count<typename Parts::model> == 1, ActsOnOneOutput<P, typename Parts::model>>,
          Demand<are_of_classes(target_kind<typename Parts::loss>), DistillNeedsClasses<P, typename Parts::loss>>> {};

/// Does a network draw random numbers in training?
template <class... Blocks>
constexpr bool draws_something(List<Blocks...>) {
  return ((draws_of<program<typename Blocks::layers>> != DrawsFrom::Nothing) || ...);
}
/// Two passes are compared by probabilities of classes, and differ by dropout.
template <class P, class Parts>
struct JudgeTwoPasses
    : judge_all<JudgeDistill<P, Parts>,
                Demand<draws_something(typename Parts::model::blocks{}), DrawsNothing<typename Parts::root, P>>> {};

}  // namespace tuneit::detail
