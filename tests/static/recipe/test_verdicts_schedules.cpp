// Refusals of schedules: every reason, beside what is accepted.
#include "../tiny.hpp"
using namespace tuneit;

template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<verdict<Finetune<Tiny, Policies...>>, Expected>;
template <class S, int N = 10>
using verdict_of = verdict<Finetune<Tiny, Epochs<N>, S>>;
template <class Expected, class S, int N = 10>
inline constexpr bool is = std::is_same_v<verdict_of<S, N>, Expected>;

// everything with its defaults
static_assert(is<Accepted, Constant> && is<Accepted, StepLr<Epochs<7>, 0.1>> &&
              is<Accepted, MultiStepLr<0.1, Epochs<3>, Epochs<6>>> && is<Accepted, ExponentialLr<0.9>> &&
              is<Accepted, ConstantLr<0.1>> && is<Accepted, ConstantLr<0.1, Epochs<10>>> &&
              is<Accepted, ConstantLr<0.1, Steps<50>>> && is<Accepted, LinearLr<0.1, 1, Epochs<5>>> &&
              is<Accepted, LinearLr<1, 0>> && is<Accepted, LinearDecay> && is<Accepted, PolynomialLr<>> &&
              is<Accepted, InverseSqrt<>> && is<Accepted, InverseSqrt<Steps<100>>> && is<Accepted, CosineLr> &&
              is<Accepted, CosineTo<0.01>> && is<Accepted, CosineRestarts<Epochs<2>, 2>> &&
              is<Accepted, CosineCycles<3>> && is<Accepted, OneCycle<>> && is<Accepted, TorchOneCycle<>> &&
              is<Accepted, SlantedTriangular<>> && is<Accepted, Plateau<0.1, Patience<3>>> &&
              is<Accepted, PerEpoch<CosineLr>> && is<Accepted, Jump<CosineLr>>);

// NotADuration
static_assert(is<NotADuration<StepLr<Head, 0.1>, Head>, StepLr<Head, 0.1>>);
static_assert(is<NotADuration<EarlyStop<int>, int>, EarlyStop<int>>);
static_assert(is<NotADuration<Swa<int>, int>, Swa<int>>);
static_assert(is<NotADuration<Plateau<0.1, int>, int>, Plateau<0.1, int>>);
static_assert(is<NotADuration<MultiStepLr<0.1, Epochs<3>, int>, int>, MultiStepLr<0.1, Epochs<3>, int>>);
static_assert(is<NotADuration<LinearLr<0.1, 1, Head>, Head>, LinearLr<0.1, 1, Head>>);
static_assert(is<NotADuration<ConstantLr<0.1, Head>, Head>, ConstantLr<0.1, Head>>);
static_assert(is<NotADuration<CosineRestarts<int>, int>, CosineRestarts<int>>);
static_assert(is<NotADuration<InverseSqrt<int>, int>, InverseSqrt<int>>);
using Untimed = Then<LinearLr<0.1, 1>, CosineLr>;
static_assert(is<NotADuration<Untimed, LinearLr<0.1, 1>>, Untimed>, "all but the last say how long they are");
using Mistimed = Then<During<Head, Constant>, CosineLr>;
static_assert(is<NotADuration<Mistimed, Head>, Mistimed>);

// NotASchedule
static_assert(is<NotASchedule<Jump<Head>, Head>, Jump<Head>> && is<NotASchedule<PerEpoch<int>, int>, PerEpoch<int>>);
static_assert(is<NotASchedule<Then<Head>, Head>, Then<Head>>);
using Watching = Then<During<Epochs<2>, Plateau<>>, CosineLr>;
static_assert(is<NotASchedule<Watching, Plateau<>>, Watching>);
static_assert(is<NotASchedule<Then<During<Epochs<2>, Constant>, Plateau<>>, Plateau<>>,
                 Then<During<Epochs<2>, Constant>, Plateau<>>>);
static_assert(is<NotASchedule<PerEpoch<Plateau<>>, Plateau<>>, PerEpoch<Plateau<>>>);
using Endless = Then<During<Epochs<2>, Constant>, During<Epochs<2>, CosineLr>>;
static_assert(is<NotASchedule<Endless, During<Epochs<2>, CosineLr>>, Endless>, "the last has the rest of the training");

// OutOfRange
static_assert(is<OutOfRange<MultiStepLr<0.1>>, MultiStepLr<0.1>> &&
              is<OutOfRange<MultiStepLr<0, Epochs<2>>>, MultiStepLr<0, Epochs<2>>>);
static_assert(is<OutOfRange<ExponentialLr<1.5>>, ExponentialLr<1.5>> && is<OutOfRange<LinearLr<2, 1>>, LinearLr<2, 1>>);
static_assert(is<OutOfRange<ConstantLr<0>>, ConstantLr<0>> && is<OutOfRange<ConstantLr<2>>, ConstantLr<2>> &&
              is<OutOfRange<ConstantLr<0, Epochs<1>>>, ConstantLr<0, Epochs<1>>> &&
              is<OutOfRange<ConstantLr<0.1, Steps<0>>>, ConstantLr<0.1, Steps<0>>>);
static_assert(is<OutOfRange<PolynomialLr<0>>, PolynomialLr<0>> && is<OutOfRange<CosineTo<-1>>, CosineTo<-1>>);
static_assert(is<OutOfRange<CosineRestarts<Epochs<2>, 0>>, CosineRestarts<Epochs<2>, 0>> &&
              is<OutOfRange<CosineCycles<0>>, CosineCycles<0>>);
static_assert(is<OutOfRange<OneCycle<2>>, OneCycle<2>> &&
              is<OutOfRange<TorchOneCycle<0.3, 0.5>>, TorchOneCycle<0.3, 0.5>>);
static_assert(is<OutOfRange<SlantedTriangular<0>>, SlantedTriangular<0>> && is<OutOfRange<Plateau<1>>, Plateau<1>>);
static_assert(is<OutOfRange<InverseSqrt<Steps<0>>>, InverseSqrt<Steps<0>>> && is<OutOfRange<Then<>>, Then<>>);
using Wild = Then<During<Epochs<2>, LinearLr<3, 1>>, CosineLr>;
static_assert(is<OutOfRange<LinearLr<3, 1>>, Wild>, "also inside");
static_assert(is<OutOfRange<Epochs<0>>, Then<During<Epochs<0>, Constant>, CosineLr>>);

// ScheduleNeverActs: only where the recipe says how long it is
static_assert(is<ScheduleNeverActs<MultiStepLr<0.1, Epochs<10>>, 10>, MultiStepLr<0.1, Epochs<10>>> &&
              tiny_is<Accepted, MultiStepLr<0.1, Epochs<10>>>);
static_assert(is<ScheduleNeverActs<ExponentialLr<0.5>, 1>, ExponentialLr<0.5>, 1>);
static_assert(is<ScheduleNeverActs<Plateau<>, 12>, Plateau<>, 12> && is<Accepted, Plateau<>, 13>);
static_assert(
    is<ScheduleNeverActs<StepLr<Epochs<2>, 0.5>, 2>, Then<During<Epochs<2>, StepLr<Epochs<2>, 0.5>>, Constant>>);
static_assert(is<ScheduleNeverActs<PerEpoch<StepLr<Epochs<10>, 0.5>>, 10>, PerEpoch<StepLr<Epochs<10>, 0.5>>>);

// ScheduleTooLong
static_assert(
    is<ScheduleTooLong<MultiStepLr<0.1, Epochs<3>, Epochs<10>>, 10>, MultiStepLr<0.1, Epochs<3>, Epochs<10>>>);
static_assert(is<ScheduleTooLong<LinearLr<0.1, 1, Epochs<11>>, 10>, LinearLr<0.1, 1, Epochs<11>>> &&
              is<Accepted, LinearLr<0.1, 1, Epochs<10>>>);
static_assert(is<ScheduleTooLong<ConstantLr<0.1, Epochs<11>>, 10>, ConstantLr<0.1, Epochs<11>>>);
static_assert(is<ScheduleTooLong<CosineRestarts<Epochs<11>>, 10>, CosineRestarts<Epochs<11>>>);
static_assert(is<ScheduleTooLong<LinearLr<0.1, 1, Epochs<3>>, 2>,
                 Then<During<Epochs<2>, LinearLr<0.1, 1, Epochs<3>>>, Constant>>);
using All10 = Then<During<Epochs<6>, Constant>, During<Epochs<4>, Constant>, CosineLr>;
static_assert(is<ScheduleTooLong<All10, 10>, All10> && is<Accepted, All10, 11>, "nothing is left for the last");
using Late = Then<During<Epochs<6>, Constant>, Jump<LinearLr<0.5, 1, Epochs<5>>>>;
static_assert(is<ScheduleTooLong<Late, 10>, Late>);
static_assert(tiny_is<ScheduleTooLong<Warmup<Epochs<5>>, 5>, Warmup<Epochs<5>>>);
using InPhase2 = Phases<Phase<Epochs<5>>, Phase<Epochs<2>, LinearLr<1, 0.1, Epochs<3>>>>;
static_assert(tiny_is<ScheduleTooLong<LinearLr<1, 0.1, Epochs<3>>, 2>, InPhase2>);

// ScheduleJumps
template <class A, class B, int N = 2>
using AthenB = Then<During<Epochs<N>, A>, B>;
static_assert(is<ScheduleJumps<CosineLr, LinearDecay>, AthenB<CosineLr, LinearDecay>> &&
              is<Accepted, AthenB<CosineLr, Jump<LinearDecay>>>);
static_assert(is<ScheduleJumps<ConstantLr<0.1>, CosineLr>, AthenB<ConstantLr<0.1>, CosineLr>> &&
              is<Accepted, AthenB<ConstantLr<0.1>, Jump<CosineLr>>> &&
              is<Accepted, AthenB<ConstantLr<0.1, Epochs<2>>, CosineLr>>);
static_assert(tiny_is<ScheduleJumps<Warmup<Epochs<1>>, ConstantLr<0.1>>, Warmup<Epochs<1>>, ConstantLr<0.1>>);
static_assert(is<ScheduleJumps<Constant, OneCycle<>>, AthenB<Constant, OneCycle<>>>);
static_assert(is<Accepted, AthenB<LinearLr<1, 0.2>, LinearLr<0.2, 0>>> &&
              is<ScheduleJumps<LinearLr<1, 0.2>, LinearLr<0.3, 0>>, AthenB<LinearLr<1, 0.2>, LinearLr<0.3, 0>>>);
static_assert(is<Accepted, AthenB<LinearLr<0.01, 1, Epochs<2>>, PerEpoch<CosineLr>>>,
              "torchvision's warm-up by epoch, then a cosine");
static_assert(is<Accepted, AthenB<StepLr<Epochs<1>, 0.5>, LinearLr<0.5, 0>>> &&
                  is<Accepted, AthenB<StepLr<Epochs<1>, 0.5>, LinearLr<0.25, 0>>>,
              "from the last stair, or from where the next would be");
static_assert(tiny_is<ScheduleJumps<Warmup<Steps<5>>, LinearLr<0.3, 1>>, Warmup<Steps<5>>, LinearLr<0.3, 1>> &&
              tiny_is<Accepted, Warmup<Steps<5>>, Jump<LinearLr<0.3, 1>>> && tiny_is<Accepted, LinearLr<0.3, 1>>);
static_assert(tiny_is<ScheduleJumps<Warmup<Epochs<1>>, SlantedTriangular<>>, SlantedTriangular<>, Warmup<Epochs<1>>>);
static_assert(
    tiny_is<ScheduleJumps<Warmup<Epochs<1>>, StepLr<Epochs<1>, 0.1>>, Warmup<Epochs<1>>, StepLr<Epochs<1>, 0.1>>,
    "the full rate would never be reached");
static_assert(
    tiny_is<Accepted, Warmup<Epochs<1>>, Then<Jump<LinearLr<0.3, 1>>>> &&
    tiny_is<ScheduleJumps<Warmup<Epochs<1>>, Then<LinearLr<0.3, 1>>>, Warmup<Epochs<1>>, Then<LinearLr<0.3, 1>>>);
static_assert(tiny_is<Accepted, Warmup<Steps<5>>, InverseSqrt<>> &&
              tiny_is<Accepted, Warmup<Steps<5>>, ChosenSchedule> &&
              tiny_is<Accepted, Warmup<Steps<5>>, Plateau<0.1, Patience<1>>>);
using JumpInPhase = Phases<Phase<Epochs<5>>, Phase<Epochs<2>, Warmup<Epochs<1>>, OneCycle<>>>;
static_assert(tiny_is<ScheduleJumps<Warmup<Epochs<1>>, OneCycle<>>, JumpInPhase>);

// two schedules
static_assert(tiny_is<Contradiction<OneCycle<>, Jump<CosineLr>>, OneCycle<>, Jump<CosineLr>>);

// groups that share tensors
using SharingRates = DiscriminativeRates<0.01, Layers<0, 2>, Norms, Head>;
static_assert(tiny_is<GroupsOverlap<Tiny, Layers<0, 2>, Norms>, SharingRates>);
