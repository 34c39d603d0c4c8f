// Refusals: things in the wrong place, and numbers out of range.
#include "../verdicts.hpp"
using namespace tuneit;

// Contradiction: one slot, two policies
static_assert(tiny_is<Contradiction<ReplaceHead<2>, ReplaceHead<3>>, ReplaceHead<2>, ReplaceHead<3>>);
static_assert(tiny_is<Contradiction<Sgd<>, AdamW<>>, Sgd<>, Epochs<2>, AdamW<>>);
static_assert(tiny_is<Contradiction<CosineLr, Constant>, CosineLr, Constant>);
static_assert(tiny_is<Contradiction<Epochs<2>, Epochs<3>>, Epochs<2>, Epochs<3>>);
static_assert(tiny_is<Contradiction<Views<2>, Views<4>>, Views<2>, Epochs<2>, Views<4>>);
static_assert(tiny_is<Contradiction<OnBadSample<Fail>, OnBadSample<Skip<1>>>, OnBadSample<Fail>, OnBadSample<Skip<1>>>);
static_assert(tiny_is<Contradiction<ClipNorm<1>, ClipValue<1>>, ClipNorm<1>, ClipValue<1>>);
static_assert(tiny_is<Contradiction<Mixup<>, CutMix<>>, Mixup<>, CutMix<>>);
static_assert(tiny_is<Contradiction<CosineLr, Constant>, Phases<Phase<Epochs<1>, CosineLr, Constant>>>);
// ... one option, two values
static_assert(tiny_is<Contradiction<Lr<1>, Lr<2>>, Sgd<Lr<1>, Momentum<0.9>, Lr<2>>>);
static_assert(tiny_is<Contradiction<Nesterov, Nesterov>, Sgd<Momentum<0.9>, Nesterov, Nesterov>>);
static_assert(tiny_is<Contradiction<Lr<1>, Lr<2>>, Phases<Phase<Epochs<1>, Lr<1>, Lr<2>>>>);
static_assert(tiny_is<Contradiction<LabelSmoothing<0.1>, LabelSmoothing<0.2>>,
                      CrossEntropy<LabelSmoothing<0.1>, LabelSmoothing<0.2>>>);
static_assert(tiny_is<Contradiction<Mean, Sum>, CrossEntropy<Mean, Sum>>);
static_assert(tiny_is<Contradiction<Zeros, XavierUniform>, ReplaceHead<2, Zeros, Dropout<0.1>, XavierUniform>>);
static_assert(tiny_is<Accepted, ReplaceHead<2, Dropout<0.1>, Hidden<4>, Dropout<0.1>, Hidden<4>, Zeros>>);

// NotAPolicy
static_assert(tiny_is<NotAPolicy<Head>, Head> && tiny_is<NotAPolicy<Except<Head>>, Except<Head>>);
static_assert(tiny_is<NotAPolicy<int>, Freeze<Norms>, int> && tiny_is<NotAPolicy<void>, void>);
static_assert(tiny_is<NotAPolicy<Head>, Phases<Phase<Epochs<1>, Head>>>);
static_assert(tiny_is<NotAPolicy<Finetune<Tiny>>, Finetune<Tiny>>);

// OutsideOfItsPolicy, with where it goes
template <class Thing, class Policy>
inline constexpr bool goes_into = tiny_is<OutsideOfItsPolicy<Thing, GoesInto<Policy>>, Thing>;
static_assert(goes_into<Lr<1e-3>, Sgd<Lr<1e-3>>> && goes_into<Nesterov, Sgd<Nesterov>> &&
              goes_into<Betas<0.9, 0.99>, AdamW<Betas<0.9, 0.99>>> && goes_into<Eps<1e-6>, AdamW<Eps<1e-6>>>);
static_assert(goes_into<Centered, RmsProp<Centered>> && goes_into<Smoothing<0.9>, RmsProp<Smoothing<0.9>>> &&
              goes_into<AmsGrad, AdamW<AmsGrad>> && goes_into<LrDecay<0.1>, Adagrad<LrDecay<0.1>>> &&
              goes_into<InitialAccumulator<0.1>, Adagrad<InitialAccumulator<0.1>>>);
static_assert(goes_into<Dropout<0.2>, ReplaceHead<2, Dropout<0.2>>> && goes_into<Zeros, ReplaceHead<2, Zeros>> &&
              goes_into<NoBias, ReplaceHead<2, NoBias>> && goes_into<Row<0, 1>, ReuseRows<Row<0, 1>>>);
static_assert(goes_into<LabelSmoothing<0.1>, CrossEntropy<LabelSmoothing<0.1>>> && goes_into<Sum, CrossEntropy<Sum>> &&
              goes_into<PosWeight<2>, BinaryCrossEntropy<PosWeight<2>>> && goes_into<Gamma<2>, Focal<Gamma<2>>>);
static_assert(goes_into<Patience<3>, EarlyStop<Patience<3>>> && goes_into<BF16, Precision<BF16>> &&
              goes_into<Steps<9>, Warmup<Steps<9>>> &&
              goes_into<Phase<Epochs<1>, Freeze<Head>>, Phases<Phase<Epochs<1>, Freeze<Head>>>>);
static_assert(goes_into<During<Epochs<2>, CosineLr>, Then<During<Epochs<2>, CosineLr>, Constant>>);
static_assert(goes_into<Fail, OnBadSample<Fail>> && goes_into<Skip<3>, OnBadSample<Skip<3>>>);
// ... and in a recipe that has that policy, what becomes of it; in the place of an option that says the same
template <class Thing, class Now, class Then_>
inline constexpr bool into = tiny_is_both_ways<OutsideOfItsPolicy<Thing, GoesInto<Then_, InPlaceOf<Now>>>, Now, Thing>;
static_assert(into<Lr<1e-3>, AdamW<>, AdamW<Lr<1e-3>>> &&
              into<Lr<1e-3>, Sgd<Lr<1>, Nesterov>, Sgd<Nesterov, Lr<1e-3>>> &&
              into<WeightDecay<0>, Lion<Lr<1>>, Lion<Lr<1>, WeightDecay<0>>>);
static_assert(into<Dropout<0.2>, ReplaceHead<7, NoBias>, ReplaceHead<7, NoBias, Dropout<0.2>>> &&
              into<Zeros, ReplaceHead<7, XavierNormal>, ReplaceHead<7, Zeros>>);
static_assert(into<LabelSmoothing<0.1>, CrossEntropy<Sum>, CrossEntropy<Sum, LabelSmoothing<0.1>>> &&
              into<BF16, Precision<FP32>, Precision<BF16>> && into<Skip<3>, OnBadSample<Fail>, OnBadSample<Skip<3>>> &&
              into<Patience<3>, EarlyStop<Patience<4>, 0.1>, EarlyStop<Patience<3>>>);
static_assert(into<HorizontalFlip<>, Augment<WholeImage>, Augment<WholeImage, HorizontalFlip<>>> &&
              into<Phase<Epochs<2>>, Phases<Phase<Epochs<1>>>, Phases<Phase<Epochs<1>>, Phase<Epochs<2>>>>);
// ... or that it has no such option
static_assert(tiny_is_both_ways<NotAnOption<AdamW<>, Momentum<0.9>>, AdamW<>, Momentum<0.9>> &&
              tiny_is_both_ways<NotAnOption<Focal<>, LabelSmoothing<0.1>>, LabelSmoothing<0.1>, Focal<>> &&
              tiny_is<NotAnOption<ChosenOptimizer, Lr<1e-3>>, ChosenOptimizer, Lr<1e-3>>);
static_assert(tiny_is<OutsideOfItsPolicy<Dropout<0.2>, GoesInto<ReplaceHead<2, Dropout<0.2>>>>,
                      Phases<Phase<Epochs<1>, Dropout<0.2>>>>);

// NotAModel, SecondModel
static_assert(is<NotAModel<Head>, Finetune<Head, ReplaceHead<2>>> && is<NotAModel<int>, Finetune<int>>);
static_assert(is<NotAModel<Finetune<Tiny>>, Finetune<Finetune<Tiny>, Freeze<Head>>>, "a recipe is no model");
static_assert(tiny_is<SecondModel<Tiny, Tiny>, Tiny> && tiny_is<SecondModel<Tiny, ResNet18>, Epochs<1>, ResNet18>);

// NotASelector
static_assert(tiny_is<NotASelector<Freeze<Epochs<3>>, Epochs<3>>, Freeze<Epochs<3>>>);
static_assert(tiny_is<NotASelector<Except<int>, int>, Freeze<Except<int>>>);
static_assert(tiny_is<NotASelector<Union<Head, int>, int>, Freeze<Union<Head, int>>>);
static_assert(tiny_is<NotASelector<FrozenStats<int>, int>, FrozenStats<int>>);
static_assert(tiny_is<NotASelector<L2Sp<1, 0, int>, int>, L2Sp<1, 0, int>>);
static_assert(tiny_is<NotASelector<Freeze<Freeze<Head>>, Freeze<Head>>, Freeze<Freeze<Head>>>);

// NotAnOption
static_assert(tiny_is<NotAnOption<Sgd<Epochs<3>>, Epochs<3>>, Sgd<Epochs<3>>>);
static_assert(tiny_is<NotAnOption<CrossEntropy<Norms>, Norms>, CrossEntropy<Norms>>);
static_assert(tiny_is<NotAnOption<CrossEntropy<PosWeight<2>>, PosWeight<2>>, CrossEntropy<PosWeight<2>>>);
static_assert(tiny_is<NotAnOption<ReplaceHead<2, Norms>, Norms>, ReplaceHead<2, Norms>>);
static_assert(tiny_is<NotAnOption<ReuseRows<int>, int>, ReplaceHead<2>, ReuseRows<int>>);
static_assert(tiny_is<NotAnOption<Ema<0.9, int>, int>, Ema<0.9, int>>);
static_assert(tiny_is<NotAnOption<OnBadSample<int>, int>, OnBadSample<int>> &&
              tiny_is<NotAnOption<OnBadSample<Patience<3>>, Patience<3>>, OnBadSample<Patience<3>>>);
static_assert(tiny_is<NotAnOption<Lr<1e-5, Head>, Head>, Sgd<Lr<1e-5, Head>>>);

// NotADuration
static_assert(tiny_is<NotADuration<Warmup<int>, int>, Warmup<int>>);
static_assert(tiny_is<NotADuration<Warmup<Span<0, 2>>, Span<0, 2>>, Warmup<Span<0, 2>>>);
static_assert(tiny_is<NotADuration<StepLr<Head, 0.1>, Head>, StepLr<Head, 0.1>>);
static_assert(tiny_is<NotADuration<Phase<Steps<10>>, Steps<10>>, Phases<Phase<Steps<10>>>>);
static_assert(tiny_is<NotADuration<Phase<Freeze<Head>>, Freeze<Head>>, Phases<Phase<Freeze<Head>>>>,
              "a phase without its length");
static_assert(tiny_is<NotADuration<EarlyStop<Epochs<3>>, Epochs<3>>, EarlyStop<Epochs<3>>>);

// NotAPrecision
static_assert(tiny_is<NotAPrecision<float>, Precision<float>> && tiny_is<NotAPrecision<Head>, Precision<Head>>);
static_assert(tiny_is<Accepted, Precision<FP16>> && tiny_is<Accepted, Precision<Auto>>);

// NothingInside
static_assert(tiny_is<NothingInside<Phases<>>, Phases<>>);
static_assert(tiny_is<NothingInside<Layer<>>, Freeze<Layer<>>> && tiny_is<NothingInside<Union<>>, Freeze<Union<>>>);
static_assert(tiny_is<NothingInside<Intersect<>>, ReplaceHead<2>, Freeze<Except<Intersect<>>>>);
static_assert(tiny_is<NothingInside<ReuseRows<>>, ReplaceHead<2>, ReuseRows<>>);

// LacksItsFunction: policies, schedules and selectors of one's own
struct NoApply : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
};
struct WrongApply : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model>
  static constexpr void apply() {}
};
struct NoFactor : PolicyTag {
  using slot = slots::Schedule;
};
struct NoMatches : SelectorTag {};
static_assert(tiny_is<LacksItsFunction<NoApply>, NoApply> && tiny_is<LacksItsFunction<WrongApply>, WrongApply>);
static_assert(tiny_is<LacksItsFunction<NoFactor>, NoFactor> && tiny_is<LacksItsFunction<NoMatches>, Freeze<NoMatches>>);
static_assert(tiny_is<LacksItsFunction<NoMatches>, Freeze<Union<Head, NoMatches>>>);

// LacksInItsSlot: all that is asked of a policy in one of our slots, one after the other
template <class Slot>
struct Empty : PolicyTag {
  using slot = Slot;
};
template <class Slot, fixed_string Member>
inline constexpr bool wants = tiny_is_both_ways<LacksInItsSlot<Empty<Slot>, Member>, Empty<Slot>, Freeze<Layers<0, 1>>>;
static_assert(wants<slots::Loss, "targets"> && wants<slots::Optimizer, "option_numbers"> &&
              wants<slots::Head, "adapted"> && wants<slots::Precision, "type"> && wants<slots::Accumulate, "numbers"> &&
              wants<slots::Clip, "kind"> && wants<slots::Ema, "averages"> && wants<slots::EarlyStop, "stops"> &&
              wants<slots::BadSample, "numbers"> && wants<slots::L2Sp, "pulls"> && wants<slots::ReuseRows, "to"> &&
              wants<slots::Mix, "kind"> && wants<slots::Augment, "steps"> && wants<slots::TestViews, "kind"> &&
              wants<slots::Epochs, "count"> && wants<slots::Phases, "list"> && wants<slots::BatchSize, "count"> &&
              wants<slots::Views, "count"> && wants<slots::Warmup, "in_steps">);
static_assert(tiny_is<LacksInItsSlot<Empty<slots::Warmup>, "in_steps">,
                      Phases<Phase<Epochs<1>, Empty<slots::Warmup>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<DoesNothing<Empty<struct SlotOfOnesOwn>>, Empty<struct SlotOfOnesOwn>>);
struct OwnLoss : PolicyTag {
  using slot = slots::Loss;
  using targets = Values<0>;
};
struct OwnLossFits : OwnLoss {
  static constexpr bool fits(Shape) { return true; }
};
struct OwnLossMixes : OwnLossFits {
  static constexpr Mixes mixes = Mixes::Never;
};
struct OwnLossWhole : OwnLossMixes {
  using reduction = Mean;
};
struct OwnLossShort : Loss<OwnLossShort> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};
struct OwnLossOtherTargets : OwnLossWhole {
  using targets = int;
};
static_assert(tiny_is<LacksInItsSlot<OwnLoss, "fits">, OwnLoss> &&
              tiny_is<LacksInItsSlot<OwnLossFits, "mixes">, OwnLossFits> &&
              tiny_is<LacksInItsSlot<OwnLossMixes, "reduction">, OwnLossMixes> && tiny_is<Accepted, OwnLossWhole> &&
              tiny_is<Accepted, OwnLossShort> && !verdict<Finetune<Tiny, OwnLossOtherTargets>>::accepted);
struct Derived : CrossEntropy<LabelSmoothing<0.1>> {};
struct Slow : AdamW<Lr<1e-5>> {};
static_assert(tiny_is<OutsideOfItsPolicy<Lr<1e-3>, GoesInto<Slow, InPlaceOf<Slow>>>, Slow, Lr<1e-3>>);
static_assert(tiny_is<Accepted, Derived, Slow> && defaults<Finetune<Tiny, Slow>>().optimizer.lr == 1e-5);

// OutOfRange
template <class P>
inline constexpr bool out = tiny_is<OutOfRange<P>, P>;
static_assert(out<LrScale<Head, 0>> && out<LrScale<Head, -1>> && out<DecayScale<Head, -0.1>>);
static_assert(out<ReplaceHead<0>> && out<ReplaceHead<-3>> && out<ReplaceHead<2, Dropout<1>>> &&
              out<ReplaceHead<2, Hidden<0>>>);
static_assert(out<Epochs<0>> && out<BatchSize<-1>> && out<Views<0>> && out<Accumulate<0>>);
static_assert(out<Sgd<Lr<-1>>> && out<Sgd<Momentum<1>>> && out<Sgd<WeightDecay<-1>>> && out<AdamW<Betas<0.9, 1>>> &&
              out<Adam<Eps<0>>>);
static_assert(out<StepLr<Epochs<0>, 0.1>> && out<StepLr<Epochs<1>, 1.5>> && out<Warmup<Steps<0>>>);
static_assert(out<CrossEntropy<LabelSmoothing<1>>> && out<CrossEntropy<ClassWeights<1, 0>>> && out<Focal<Gamma<-1>>> &&
              out<BinaryCrossEntropy<PosWeight<0>>>);
static_assert(out<OnBadSample<Skip<-1>>> && tiny_is<Accepted, OnBadSample<Skip<0>>> &&
              tiny_is<Accepted, OnBadSample<Fail>>);
static_assert(out<EarlyStop<Patience<0>>> && out<Ema<1>> && out<ClipNorm<0>> && out<ClipValue<-1>>);
static_assert(out<L2Sp<-1>> && out<Mixup<0>> && out<CutMix<-1>> && out<MixupOrCutMix<0.2, 0>>);
static_assert(tiny_is<OutOfRange<Epochs<0>>, Phases<Phase<Epochs<0>>>> &&
              tiny_is<OutOfRange<Span<2, 2>>, Phases<Phase<Epochs<2>>, Phase<Span<2, 2>>>>);
static_assert(tiny_is<OutOfRange<Lr<-1>>, Phases<Phase<Epochs<1>, Lr<-1>>>> &&
              tiny_is<OutOfRange<LrScale<Head, 0>>, Phases<Phase<Epochs<1>, LrScale<Head, 0>>>>);
static_assert(tiny_is<Accepted, Views<1>> && tiny_is<Accepted, DecayScale<Head, 0>>);

// a recipe has as many numbers as it wants
template <std::size_t N>
struct Many : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array<Hyperparameter, N> numbers{};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (PlanRow& row : plan.rows) row.lr_scale *= n[N - 1];
  }
};
static_assert(tiny_is<Accepted, Many<200>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Head>>>>);
static_assert([] {
  using R = Finetune<Tiny, Many<200>>;
  Settings s = defaults<R>();
  value_of<R, Many<200>, 199>(s) = 3;
  const Settings copy = s;
  s = defaults<Finetune<Tiny>>();
  return copy.values.size() == 200 && s.values.size() == 0 && value_of<R, Many<200>, 199>(copy) == 3;
}());

// NotInRecipe, SaidInPhases: whose number is that?
namespace {
using Scaled = LrScale<Head, 10>;
using Once = Finetune<Tiny, Scaled, L2Sp<0.1, 0.01>>;
using Later = Finetune<Tiny, L2Sp<0.1, 0.01>, Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<8>, Scaled>>>;
using Second = Phase<Epochs<8>, Scaled>;
}  // namespace
static_assert(std::is_same_v<value_verdict<Once, Scaled>, Accepted>);
static_assert(std::is_same_v<value_verdict<Once, LrScale<Head, 9>>, NotInRecipe<Once, LrScale<Head, 9>>>);
static_assert(!value_verdict<Once, Scaled, In<0>>::accepted);  // it has no phases
static_assert(std::is_same_v<value_verdict<Later, Scaled>, SaidInPhases<Later, Scaled>>);
static_assert(
    std::is_same_v<value_verdict<Later, Scaled, In<0>>, NotInRecipe<Phase<Epochs<2>, Freeze<Backbone>>, Scaled>>);
static_assert(std::is_same_v<value_verdict<Later, LrScale<Head, 9>, In<1>>, NotInRecipe<Second, LrScale<Head, 9>>>);
static_assert(std::is_same_v<value_verdict<Later, Scaled, In<1>>, Accepted>);
static_assert(std::is_same_v<value_verdict<Later, Scaled, In<2>>, NotInRecipe<Later, In<2>>>);
static_assert(std::is_same_v<value_verdict<Later, L2Sp<0.1, 0.01>>, Accepted>);
// ... and what is written is the policy's own
static_assert([] {
  Settings s = defaults<Later>();
  const Settings before = s;
  value_of<Later, Scaled, In<1>>(s) = 3;
  value_of<Later, L2Sp<0.1, 0.01>, 1>(s) = 0.5;
  int moved = 0;
  for (std::size_t i = 0; i < s.values.size(); ++i) moved += s.values[i] != before.values[i];
  return moved == 2 && value_of<Later, Scaled, In<1>>(s) == 3;
}());

// NotAPart: what a network lists is its input and blocks
namespace {
struct Blockless final : Network<Input<3, 8>, GlobalAvgPool, Block<"head", Named<"fc", Linear<3, 5>>>> {};
}  // namespace
static_assert(std::is_same_v<verdict<Finetune<Blockless>>, NotAPart<Blockless, GlobalAvgPool>>);
