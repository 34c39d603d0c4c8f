// Refusals: losses, optimizers and mixing.
#include "../verdicts.hpp"
using namespace tuneit;

using Summed = Sgd<Lr<1e-5, Sum>>;

// LossDoesNotFitHead
static_assert(tiny_is<LossDoesNotFitHead<CrossEntropy<>, 1>, ReplaceHead<1>>);
static_assert(tiny_is<Accepted, ReplaceHead<1>, BinaryCrossEntropy<>> &&
              tiny_is<Accepted, ReplaceHead<1>, MeanSquaredError<>>);
using Three = CrossEntropy<ClassWeights<1, 2, 3>>;
static_assert(tiny_is<LossDoesNotFitHead<Three, 2>, ReplaceHead<2>, Three>);
static_assert(tiny_is<LossDoesNotFitHead<Three, 10>, Three>, "of the old head");
static_assert(tiny_is<Accepted, ReplaceHead<3>, Three> && tiny_is<Accepted, ReplaceHead<Dynamic>, Three>);

// MixNeedsLabels
static_assert(tiny_is<MixNeedsLabels<Mixup<>, MeanSquaredError<>>, Mixup<>, MeanSquaredError<>>);
static_assert(tiny_is<MixNeedsLabels<CutMix<>, CrossEntropy<SoftTargets>>, CutMix<>, CrossEntropy<SoftTargets>>);
static_assert(tiny_is<Accepted, Mixup<>, Focal<>> && tiny_is<Accepted, MixupOrCutMix<>>);

// LossDoesNotRun: asked by the trainer
struct Said : Loss<Said> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
struct Recorded : Said {};
struct Unsaid : Said {};
template <>
struct tuneit::LossRun<Said> {
  static void run();
};
template <>
struct tuneit::LossRun<Recorded> {
  static void value();
};
static_assert(std::is_same_v<loss_run_verdict<Unsaid>, LossDoesNotRun<Unsaid>>);
static_assert(loss_run_verdict<Said>::accepted && loss_run_verdict<Recorded>::accepted);

// What a loss of one's own says of its targets is all that is asked of it.
struct Hinge : Loss<Hinge> {
  using targets = Classes;
  static constexpr Mixes mixes = Mixes::Linear;
  static constexpr std::array numbers{Hyperparameter{.name = "margin", .value = 1, .open = true}};
  static constexpr bool fits(Shape output) { return output.channels() > 1; }
};
struct Pair : Loss<Pair> {
  using targets = Values<2>;
  static constexpr bool fits(Shape) { return true; }
};
struct OutOfIt : Loss<OutOfIt> {
  using targets = Values<0>;
  static constexpr std::array numbers{Hyperparameter{.name = "margin", .value = 0, .open = true}};
  static constexpr bool fits(Shape) { return true; }
};
static_assert(tiny_is<Accepted, Hinge, Mixup<>, Distill<TinyNet>> &&
              tiny_is<LossDoesNotFitHead<Hinge, 1>, ReplaceHead<1>, Hinge>);
static_assert(tiny_is<MixNeedsLabels<Mixup<>, Pair>, ReplaceHead<2>, Pair, Mixup<>>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, Pair> && tiny_is<LossDoesNotFitHead<Pair, 3>, ReplaceHead<3>, Pair>);
static_assert(tiny_is<OutOfRange<OutOfIt>, OutOfIt> && tiny_is<RateForOtherReduction<Summed, Hinge>, Summed, Hinge>);
static_assert(tiny_is<Accepted, Huber<Delta<2>, Sum>, Summed> && tiny_is<Accepted, SmoothL1<Beta<0>>>);
static_assert(tiny_is<OutOfRange<Huber<Delta<0>>>, Huber<Delta<0>>>);
static_assert(tiny_is<NotAnOption<Huber<Gamma<2>>, Gamma<2>>, Huber<Gamma<2>>>);
static_assert(tiny_is<NotAnOption<Hinge, Gamma<2>>, Hinge, Gamma<2>>);

// LossesDiffer, and what else is judged of several
using Both = Losses<Weighted<CrossEntropy<LabelSmoothing<0.1>>, 1>, Weighted<Hinge, 0.5>>;
static_assert(tiny_is<Accepted, Both, Mixup<>> && tiny_is<Accepted, Losses<Weighted<Huber<>, 1>>>);
static_assert(hyperparameters<Finetune<Tiny, Both>>.size() == 3 &&
              value_of<Finetune<Tiny, Both>, Both, 1>(defaults<Finetune<Tiny, Both>>()) == 0.5);
static_assert(defaults<Finetune<Tiny, Both>>().label_smoothing == 0.1);
using Apart = Losses<Weighted<CrossEntropy<>, 1>, Weighted<Huber<>, 1>>;
static_assert(tiny_is<LossesDiffer<CrossEntropy<>, Huber<>>, Apart>);
using Summed2 = Losses<Weighted<Huber<Sum>, 1>, Weighted<Huber<>, 1>>;
static_assert(tiny_is<LossesDiffer<Huber<Sum>, Huber<>>, Summed2, Summed>);
using NoLoss = Losses<Weighted<Hinge, 1>, Weighted<Freeze<Head>, 1>>;
static_assert(tiny_is<NotAnOption<NoLoss, Weighted<Freeze<Head>, 1>>, NoLoss>);
static_assert(tiny_is<NotAnOption<Losses<Hinge>, Hinge>, Losses<Hinge>>);
using Negative = Losses<Weighted<Hinge, -1>>;
static_assert(tiny_is<OutOfRange<Weighted<Hinge, -1>>, Negative>);
static_assert(tiny_is<LossDoesNotFitHead<Both, 1>, ReplaceHead<1>, Both>);
static_assert(tiny_is<OutOfRange<Focal<Gamma<-1>>>, Losses<Weighted<Focal<Gamma<-1>>, 1>>>);

// NotAMetric, MetricDoesNotFit, MetricDoesNotRun
struct Own : MetricTag {
  static constexpr std::string_view name = "own";
};
struct Nameless : MetricTag {};
struct Number : MetricTag {
  static constexpr int name = 1;
};
template <>
struct tuneit::Metric<Own> {
  void add();
  void read();
  void reset();
};
static_assert(tiny_is<Accepted, Metrics<Own, TopK<2>>, Monitor<Own>> && tiny_is<Accepted, Metrics<>>);
static_assert(tiny_is<NotAMetric<Nameless>, Metrics<Own, Nameless>> && tiny_is<NotAMetric<Number>, Monitor<Number>> &&
              tiny_is<NotAMetric<int>, Metrics<int>>);
static_assert(tiny_is<MetricDoesNotFit<TopK<2>, MeanSquaredError<>>, MeanSquaredError<>, Metrics<TopK<2>>>);
static_assert(tiny_is<MetricDoesNotFit<MeanAbsoluteError, CrossEntropy<>>, Monitor<MeanAbsoluteError>>);
static_assert(std::is_same_v<metric_run_verdict<Nameless>, MetricDoesNotRun<Nameless>> &&
              metric_run_verdict<Own>::accepted);
static_assert(verdict<Finetune<Tiny, Metrics<Own>, Metrics<TopK<2>>>>::accepted == false);  // of which there is one
using Measured = Finetune<Tiny, Metrics<Own, TopK<2>>, Monitor<TopK<2>>>;
static_assert(std::is_same_v<tuneit::detail::said_metrics<Measured>, List<Own, TopK<2>>>);
static_assert(std::is_same_v<tuneit::detail::tested_metrics<Finetune<Tiny, Huber<>>>, List<MeanAbsoluteError>>);
static_assert(std::is_same_v<tuneit::detail::tested_metrics<Finetune<Tiny>>, List<>>);
static_assert(TopK<5>::name == "top5" && TopK<120>::name == "top120");

// NesterovNeedsMomentum
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov>>, Sgd<Nesterov>>);
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov, Momentum<0>>>, Sgd<Nesterov, Momentum<0>>>);
using Damped = Sgd<Dampening<0.1>, Nesterov, Momentum<0.9>>;
static_assert(tiny_is<NesterovNeedsMomentum<Damped>, Damped>);
using Still = Phase<Epochs<1>, Momentum<0>>;
static_assert(tiny_is<NesterovNeedsMomentum<Still>, Sgd<Nesterov, Momentum<0.9>>, Phases<Still>>);
static_assert(tiny_is<Accepted, Sgd<Momentum<0.9>, Nesterov>, Phases<Phase<Epochs<1>, Momentum<0.5>>>>);

// RateForOtherReduction
static_assert(tiny_is<RateForOtherReduction<Summed, CrossEntropy<>>, Summed>);
static_assert(tiny_is<RateForOtherReduction<Sgd<Lr<1e-3>>, CrossEntropy<Sum>>, Sgd<Lr<1e-3>>, CrossEntropy<Sum>>);
static_assert(tiny_is<RateForOtherReduction<Sgd<>, MeanSquaredError<Sum>>, Sgd<>, MeanSquaredError<Sum>>);
static_assert(tiny_is<Accepted, Summed, CrossEntropy<Sum>>);
using Other = Phase<Epochs<1>, Lr<1e-5, Sum>>;
static_assert(tiny_is<RateForOtherReduction<Other, CrossEntropy<>>, Phases<Other>>);
static_assert(tiny_is<Accepted, Summed, CrossEntropy<Sum>, Phases<Other>>);

// SmoothsTwice
using Twice = CrossEntropy<LabelSmoothing<0.1>, SoftTargets>;
static_assert(tiny_is<SmoothsTwice<Twice>, Twice>);
static_assert(tiny_is<Accepted, CrossEntropy<SoftTargets>>);

// TopK counts no more outputs than there are
static_assert(tiny_is<MetricDoesNotFit<TopK<6>, CrossEntropy<>>, ReplaceHead<5>, Metrics<TopK<6>>> &&
              tiny_is<Accepted, ReplaceHead<5>, Metrics<TopK<5>>>);

// A loss among several has its numbers, and its weight
namespace {
using Sharp = Focal<Gamma<3>>;
using Sum2 = Losses<Weighted<BinaryCrossEntropy<>, 0.25>, Weighted<Sharp, 0.5>>;
using Two = Finetune<Tiny, Sum2>;
}  // namespace
static_assert(value_of<Two, Sharp>(defaults<Two>()) == 3 && value_of<Two, Sharp, 1>(defaults<Two>()) == 0.25);
static_assert(value_of<Two, Weighted<Sharp, 0.5>>(defaults<Two>()) == 0.5);
static_assert([] {  // what is written is what the loss computes with
  Settings s = defaults<Two>();
  value_of<Two, Sharp>(s) = 4;
  const auto n = loss_numbers<Two>(s);
  constexpr std::size_t last = number_count<Sum2> - 1;
  return n[last - 2] == 0.5 && n[last - 1] == 4 && n[last] == 0.25;
}());
static_assert(std::is_same_v<value_verdict<Two, Focal<>>, NotInRecipe<Two, Focal<>>>);

// LossOfPhaseDiffers, and what else is judged of a loss in a phase
template <class L>
using With = Phase<Epochs<1>, L>;
static_assert(tiny_is<Accepted, Phases<With<CrossEntropy<LabelSmoothing<0.1>>>, With<Focal<>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<LossOfPhaseDiffers<With<Huber<>>, Huber<>, CrossEntropy<>>, Phases<With<Huber<>>>>);
static_assert(tiny_is<Accepted, MeanSquaredError<>, Phases<With<Huber<>>, With<SmoothL1<>>>>);
static_assert(
    tiny_is<LossOfPhaseDiffers<With<CrossEntropy<>>, CrossEntropy<>, Focal<>>, Focal<>, Phases<With<CrossEntropy<>>>>,
    "not every label is the number of a class");
static_assert(tiny_is<LossOfPhaseDiffers<With<CrossEntropy<Sum>>, CrossEntropy<Sum>, CrossEntropy<>>,
                      Phases<With<CrossEntropy<Sum>>>>);
static_assert(
    tiny_is<LossDoesNotFitHead<CrossEntropy<ClassWeights<1, 2>>, 10>, Phases<With<CrossEntropy<ClassWeights<1, 2>>>>>);
static_assert(tiny_is<OutOfRange<Focal<Gamma<-1>>>, Phases<With<Focal<Gamma<-1>>>>>);
static_assert(tiny_is<Contradiction<Focal<>, Focal<Gamma<3>>>, Phases<Phase<Epochs<1>, Focal<>, Focal<Gamma<3>>>>>);
static_assert(tiny_is<MixNeedsLabels<Mixup<>, CrossEntropy<SoftTargets>>, Mixup<>,
                      Phases<With<CrossEntropy<SoftTargets>>, Phase<Epochs<1>>>> &&
              tiny_is<MixNeedsLabels<Mixup<>, CrossEntropy<SoftTargets>>,
                      Phases<Phase<Epochs<1>, Mixup<>, CrossEntropy<SoftTargets>>, Phase<Epochs<1>>>> &&
              tiny_is<Accepted, Phases<With<CrossEntropy<SoftTargets>>, Phase<Epochs<1>, Mixup<>>>>);
static_assert(
    tiny_is<DistillNeedsClasses<Distill<Tiny>, Focal<>>, Distill<Tiny>, Phases<With<Focal<>>, Phase<Epochs<1>>>>);

// AccumulatesWeightsApart
using W10 = ClassWeights<1, 2, 1, 1, 1, 1, 1, 1, 1, 3>;
using Heavy = CrossEntropy<W10>;
using Alike = Losses<Weighted<Heavy, 1>, Weighted<Heavy, 0.5>>;
using Mixture = Losses<Weighted<CrossEntropy<>, 1>, Weighted<Heavy, 0.5>>;
template <class L>
inline constexpr bool apart = tiny_is<AccumulatesWeightsApart<Accumulate<2>, L>, Accumulate<2>, L>;
static_assert(tiny_is<Accepted, Accumulate<2>, Heavy> && tiny_is<Accepted, Accumulate<2>, Alike> && apart<Mixture> &&
              tiny_is<Accepted, Mixture>);
static_assert(tiny_is<Accepted, Accumulate<2>, Losses<Weighted<CrossEntropy<>, 1>, Weighted<Hinge, 1>>> &&
              apart<Losses<Weighted<Heavy, 1>, Weighted<Hinge, 1>>>);
using HeavySum = Losses<Weighted<CrossEntropy<Sum>, 1>, Weighted<CrossEntropy<W10, Sum>, 1>>;
static_assert(tiny_is<Accepted, Accumulate<2>, HeavySum, Summed>, "sums are added");
static_assert(tiny_is<AccumulatesWeightsApart<Accumulate<2>, Heavy>, Accumulate<2>, Heavy, Distill<Tiny>> &&
              tiny_is<Accepted, Accumulate<2>, Distill<Tiny>>);
static_assert(
    tiny_is<Accepted, Accumulate<2>, Phases<With<Heavy>, Phase<Epochs<1>>>> &&
    tiny_is<AccumulatesWeightsApart<Accumulate<2>, Mixture>, Accumulate<2>, Phases<With<Mixture>, Phase<Epochs<1>>>>);
// ... of one's own that stands in the slot and does as it does there, too; not of one that acts by its own members
struct OwnWindow : PolicyTag {
  using slot = slots::Accumulate;
  static constexpr std::array numbers{Hyperparameter{.name = "window", .value = 3, .least = 1, .whole = true}};
};
static_assert(
    tiny_is<AccumulatesWeightsApart<OwnWindow, Mixture>, OwnWindow, Mixture> &&
    tiny_is<AccumulatesWeightsApart<OwnWindow, Mixture>, OwnWindow, Phases<With<Mixture>, Phase<Epochs<1>>>> &&
    tiny_is<Accepted, OwnWindow, Heavy> && tiny_is<Accepted, OwnWindow, HeavySum, Summed>);
