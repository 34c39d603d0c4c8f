// Refusals: losses, optimizers and mixing.
#include "../verdicts.hpp"
using namespace tuneit;

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

// NesterovNeedsMomentum
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov>>, Sgd<Nesterov>>);
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov, Momentum<0>>>, Sgd<Nesterov, Momentum<0>>>);
using Damped = Sgd<Dampening<0.1>, Nesterov, Momentum<0.9>>;
static_assert(tiny_is<NesterovNeedsMomentum<Damped>, Damped>);
using Still = Phase<Epochs<1>, Momentum<0>>;
static_assert(tiny_is<NesterovNeedsMomentum<Still>, Sgd<Nesterov, Momentum<0.9>>, Phases<Still>>);
static_assert(tiny_is<Accepted, Sgd<Momentum<0.9>, Nesterov>, Phases<Phase<Epochs<1>, Momentum<0.5>>>>);

// RateForOtherReduction
using Summed = Sgd<Lr<1e-5, Sum>>;
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
