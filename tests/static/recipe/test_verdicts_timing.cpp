// Refusals: phases, schedules and time.
#include "../verdicts.hpp"
using namespace tuneit;

// NotAPhase
static_assert(tiny_is<NotAPhase<Freeze<All>>, Phases<Freeze<All>>>);
static_assert(tiny_is<NotAPhase<int>, Phases<Phase<Epochs<1>>, int>>);
static_assert(tiny_is<NotAPhase<Phases<Phase<Epochs<1>>>>, Phases<Phases<Phase<Epochs<1>>>>>);

// NotInAPhase
template <class Item>
inline constexpr bool outside = tiny_is<NotInAPhase<Phase<Epochs<1>, Item>, Item>, Phases<Phase<Epochs<1>, Item>>>;
static_assert(outside<ReplaceHead<2>> && outside<Epochs<2>> && outside<Precision<BF16>> && outside<Ema<0.9>> &&
              outside<Accumulate<2>> && outside<EarlyStop<Patience<1>>> && outside<FromScratch> &&
              outside<Reinitialise<Head>> && outside<Phases<Phase<Epochs<1>>>> && outside<Plateau<>>);
static_assert(tiny_is<Accepted, Phases<Phase<Epochs<2>, Lr<1e-4>, WeightDecay<0>, Freeze<Layers<0, 1>>, BatchStats<>,
                                             LrScale<Head, 2>, CosineLr, Warmup<Steps<3>>>>>);
static_assert(tiny_is<Accepted, BatchSize<4>,
                      Phases<Phase<Epochs<1>, BatchSize<8>, Side<16>, Augment<HorizontalFlip<>>>, Phase<Epochs<1>>>>);
static_assert(
    tiny_is<Accepted, ClipNorm<1>, ReplaceHead<2>,
            Phases<Phase<Epochs<1>, AdamW<Lr<1e-3>>, ClipValue<1>, Sam<>>, Phase<Epochs<1>, Mixup<0.2>, Lr<1>>>>);
static_assert(tiny_is<NotAnOption<AdamW<>, Momentum<0.9>>, Phases<Phase<Epochs<1>, AdamW<>, Momentum<0.9>>>>);
static_assert(tiny_is<OutOfRange<AdamW<Lr<0>>>, Phases<Phase<Epochs<1>, AdamW<Lr<0>>>>>);
static_assert(tiny_is<MixNeedsLabels<Mixup<0.2>, MeanSquaredError<>>, MeanSquaredError<>,
                      Phases<Phase<Epochs<1>, Mixup<0.2>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<OutOfRange<BatchSize<0>>, Phases<Phase<Epochs<1>, BatchSize<0>>>>);
static_assert(tiny_is<Contradiction<Side<16>, Side<32>>, Phases<Phase<Epochs<1>, Side<16>, Side<32>>>>);

// PhaseRepeats
using Warm = Phase<Epochs<1>, Freeze<Backbone>>;
using Longer = Phase<Epochs<3>, Freeze<Backbone>>;
static_assert(tiny_is<PhaseRepeats<Warm, Warm>, Phases<Warm, Warm>>);
static_assert(tiny_is<PhaseRepeats<Warm, Longer>, Phases<Phase<Epochs<1>>, Warm, Longer>>);
static_assert(tiny_is<Accepted, Phases<Warm, Phase<Epochs<1>>, Warm>>, "with another between them");
static_assert(tiny_is<Accepted, Phases<Phase<Epochs<2>, CosineLr>, Phase<Epochs<2>, CosineLr>>>,
              "each has a cosine of its own");

// PhasesDisagree
static_assert(tiny_is_both_ways<PhasesDisagree<5, 4>, Epochs<5>, Phases<Warm, Phase<Epochs<3>>>>);
static_assert(tiny_is<Accepted, Epochs<4>, Phases<Warm, Phase<Epochs<3>>>>);

// PhasesLeaveGap, PhasesOverlap
using First = Phase<Span<0, 2>, Freeze<Backbone>>;
static_assert(tiny_is<PhasesLeaveGap<First, Phase<Span<3, 4>>>, Phases<First, Phase<Span<3, 4>>>>);
static_assert(tiny_is<PhasesLeaveGap<detail::Beginning, Phase<Span<1, 4>>>, Phases<Phase<Span<1, 4>>>>);
static_assert(tiny_is<PhasesOverlap<First, Phase<Span<1, 4>>>, Phases<First, Phase<Span<1, 4>>>>);
static_assert(tiny_is<PhasesOverlap<Longer, Phase<Span<2, 4>>>, Phases<Longer, Phase<Span<2, 4>>>>);
static_assert(tiny_is<Accepted, Phases<First, Phase<Span<2, 4>>>> &&
              tiny_is<Accepted, Phases<Warm, Phase<Span<1, 2>>>>);

// NeverStops
static_assert(tiny_is<NeverStops<EarlyStop<Patience<5>>, 5>, EarlyStop<Patience<5>>>, "the default is five epochs");
static_assert(tiny_is<NeverStops<EarlyStop<Patience<3>>, 3>, EarlyStop<Patience<3>>, Phases<Warm, Phase<Epochs<2>>>>);
static_assert(tiny_is<Accepted, EarlyStop<Patience<2>>, Epochs<3>>);

// ScheduleNeverActs
using Stairs = StepLr<Epochs<7>, 0.1>;
static_assert(tiny_is_both_ways<ScheduleNeverActs<Stairs, 7>, Stairs, Epochs<7>>);
static_assert(tiny_is<ScheduleNeverActs<Stairs, 2>, Phases<Phase<Epochs<9>>, Phase<Epochs<2>, Stairs>>>);
static_assert(tiny_is<Accepted, Stairs, Epochs<8>> && tiny_is<Accepted, StepLr<Steps<7>, 0.1>, Epochs<1>>);

// ScheduleTooLong
static_assert(tiny_is_both_ways<ScheduleTooLong<Warmup<Epochs<3>>, 3>, Warmup<Epochs<3>>, Epochs<3>>);
static_assert(tiny_is<ScheduleTooLong<Warmup<Epochs<2>>, 1>, Phases<Phase<Epochs<1>, Warmup<Epochs<2>>>>>);
static_assert(tiny_is<Accepted, Warmup<Epochs<2>>, Epochs<3>>);

// TooFewEpochs: the policy, its phases, the epochs of the recipe, how many there must be
static_assert(
    tiny_is_both_ways<TooFewEpochs<GradualUnfreeze<Epochs<2>>, 3, 4, 5>, GradualUnfreeze<Epochs<2>>, Epochs<4>>);

// PhaseChangesNothing: a policy of all phases takes away what a phase has to do
using Gradually = GradualUnfreeze<Epochs<1>>;  // phase 1: the head; 2: the body, too; 3: everything
static_assert(tiny_is_both_ways<PhaseChangesNothing<Freeze<Layers<0, 1>>, 3>, Freeze<Layers<0, 1>>, Gradually>);
static_assert(tiny_is_both_ways<PhaseChangesNothing<Freeze<Layer<"b">>, 2>, Freeze<Layer<"b">>, Gradually>);
static_assert(tiny_is<PhaseChangesNothing<TrainOnly<Head>, 2>, NoDecay<Head>, Gradually, TrainOnly<Head>>);
static_assert(
    tiny_is<PhaseChangesNothing<Unfreeze<Layer<"b">>, 2>, Freeze<Layer<"b.0">>, Unfreeze<Layer<"b">>, Gradually>);
static_assert(tiny_is<Accepted, Freeze<Layer<"b.0">>, Gradually> && tiny_is<Accepted, Freeze<Norms>, Gradually> &&
                  tiny_is<Accepted, GradualUnfreeze<Epochs<1>, Head, Layer<"b">>>,
              "each phase still releases something");
using Stepwise = Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>>>;
static_assert(tiny_is<PhaseChangesNothing<Freeze<Layers<0, 1>>, 3>, Freeze<Layers<0, 1>>, Stepwise> &&
              tiny_is<Accepted, Stepwise>);
static_assert(tiny_is<Accepted, Freeze<Layers<0, 1>>,
                      Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>, CosineLr>>> &&
                  tiny_is<Accepted, Freeze<Layers<0, 1>>,
                          Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>, Lr<1e-4>>>>,
              "a schedule or a rate of its own is something");
using Spelled = Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>, Freeze<Layer<"stem">>>>;
static_assert(
    tiny_is<PhaseRepeats<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>, Freeze<Layer<"stem">>>>, Spelled>,
    "two spellings of the same");
