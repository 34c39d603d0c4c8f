// Refusals: losses, metrics and policies of networks with several outputs.
#include "../verdicts.hpp"
using namespace tuneit;
struct Two final
    : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU, Save<"c">, GlobalAvgPool>,
              Block<"class", Named<"fc", Linear<4, 5>>, Output<"class">>,
              Block<"depth", From<"c">, Named<"d", Conv2d<4, 1, Window{1}>>, Output<"depth">>> {};
template <class E, class... Ps>
constexpr bool two_is = std::is_same_v<verdict<Finetune<Two, Ps...>>, E>;
using CE = CrossEntropy<On<"class">>;
using MSE = MeanSquaredError<On<"depth">>;
using Both = Losses<Weighted<CE, 1>, Weighted<MSE, 0.5>>;
static_assert(two_is<Accepted, Both>);
static_assert(two_is<Accepted, CE, Unused<"depth">> && two_is<Accepted, CrossEntropy<>, Unused<"depth">> &&
              two_is<Accepted, MeanSquaredError<>, Unused<"class">>);
static_assert(two_is<LossWithoutOutput<Two, CrossEntropy<>>>);
static_assert(two_is<OutputWithoutLoss<Two, "depth">, CE>);
static_assert(
    two_is<LossDoesNotFitOutput<Two, "depth", CrossEntropy<On<"depth">>>, CrossEntropy<On<"depth">>, Unused<"class">>);
static_assert(two_is<NoSuchOutput<Two, "clas", DidYouMean<"class">>, CrossEntropy<On<"clas">>, Unused<"depth">>);
static_assert(two_is<NoSuchOutput<Two, "dept", DidYouMean<"depth">>, CE, Unused<"dept">>);
static_assert(two_is<Contradiction<Unused<"depth">, MSE>, Both, Unused<"depth">>);
using Smooth = CrossEntropy<LabelSmoothing<0.1>, On<"class">>;
static_assert(two_is<Accepted, Losses<Weighted<Smooth, 1>, Weighted<Smooth, 1>, Weighted<MSE, 0.5>>> &&
              two_is<LossesDiffer<CE, Smooth>, Losses<Weighted<CE, 1>, Weighted<Smooth, 1>, Weighted<MSE, 0.5>>>);
static_assert(two_is<MixNeedsLabels<Mixup<>, MSE>, Both, Mixup<>>);
using Pixels = BinaryCrossEntropy<On<"depth">>;
using Soft = Losses<Weighted<CE, 1>, Weighted<Pixels, 1>>;
static_assert(two_is<Accepted, Soft, Mixup<>> && two_is<Accepted, CE, Unused<"depth">, CutMix<>>);
// Targets of pixels are cut as the images are, whatever the loss; mixtures of them are not everybody's.
static_assert(two_is<Accepted, Soft, CutMix<>> && two_is<Accepted, Both, CutMix<>> &&
              two_is<MixNeedsLabels<MixupOrCutMix<>, MSE>, Both, MixupOrCutMix<>>);
static_assert(two_is<ActsOnOneOutput<Distill<Two>, Two>, Both, Distill<Two>>);
static_assert(two_is<Accepted, Both, Metrics<On<"class", TopK<2>>, Accuracy, MeanAbsoluteError>,
                     Monitor<On<"depth", MeanAbsoluteError>>>);
static_assert(two_is<MetricDoesNotFit<On<"depth", TopK<2>>, Both>, Both, Metrics<On<"depth", TopK<2>>>>);
static_assert(two_is<MetricDoesNotFit<LabelAccuracy, Both>, Both, Metrics<LabelAccuracy>>);
static_assert(two_is<NoSuchOutput<Two, "dep", DidYouMean<"depth">>, Both, Metrics<On<"dep", Accuracy>>>);
using M = Finetune<Two, Both, Metrics<On<"class", Accuracy>>>;
static_assert(std::is_same_v<detail::tested_metrics<M>, List<On<"class", Accuracy>, On<"depth", MeanAbsoluteError>>> &&
              On<"class", TopK<5>>::name == "class_top5");
static_assert(detail::metric_place<MeanAbsoluteError, M>.output == 1 &&
              detail::metric_place<MeanAbsoluteError, M>.target == 1);

// Classes are of samples: one a pixel is refused. Masks are numbers, and not cut and pasted as a whole.
struct Pixelwise final : Network<Inputs<Image<3, 8>>, Block<"mask", Named<"conv", Conv2d<3, 2, Window{3, 1, 1}>>>> {};
static_assert(std::is_same_v<verdict<Finetune<Pixelwise, CrossEntropy<>>>, LossDoesNotFitHead<CrossEntropy<>, 2>>);
static_assert(std::is_same_v<verdict<Finetune<Pixelwise, BinaryCrossEntropy<>>>, Accepted>);
static_assert(std::is_same_v<verdict<Finetune<Pixelwise, BinaryCrossEntropy<>, MixupOrCutMix<>>>, Accepted> &&
              std::is_same_v<verdict<Finetune<Pixelwise, MeanSquaredError<>, CutMix<>>>, Accepted>);
struct Coarse final : Network<Inputs<Image<3, 8>>, Block<"mask", Named<"conv", Conv2d<3, 2, Window{3, 2, 1}>>>> {
};  // 4 x 4
static_assert(
    std::is_same_v<verdict<Finetune<Coarse, BinaryCrossEntropy<>, CutMix<>>>, CannotBeMixed<CutMix<>, Coarse>> &&
    std::is_same_v<verdict<Finetune<Coarse, BinaryCrossEntropy<>, Mixup<>>>, Accepted>);
// What is mixed are inputs: numbers, and where they are cut images of one size.
struct Pair : LayerTag {  // reads the other input
  using reads = Wires<"other">;
  using tensors = None;
  using out = SameShape;
};
template <class Other>
struct With final : Network<Inputs<Image<3, 8>, Other>, Block<"stem", Pair>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 4>>>> {};
template <class Other, class Mix>
constexpr bool mixes = std::is_same_v<verdict<Finetune<With<Other>, Mix>>, Accepted>;
template <class Other, class Mix>
constexpr bool cannot = std::is_same_v<verdict<Finetune<With<Other>, Mix>>, CannotBeMixed<Mix, With<Other>>>;
static_assert(mixes<VectorInput<"other", 2>, Mixup<>> && cannot<VectorInput<"other", 2>, CutMix<>>);
static_assert(mixes<ImageInput<"other", 1, 8>, Mixup<>> && mixes<ImageInput<"other", 1, 8>, MixupOrCutMix<>> &&
              cannot<ImageInput<"other", 1, 4>, MixupOrCutMix<>>);
static_assert(cannot<Tokens<"other", 7>, Mixup<>> && cannot<MaskInput<"other", 7>, Mixup<>>);
struct Words final : Network<Inputs<Tokens<"ids", 7>>, Block<"embed", Named<"word", Embedding<9, 4>>, Flatten>,
                             Block<"head", Named<"fc", Linear<28, 4>>>> {};
static_assert(std::is_same_v<verdict<Finetune<Words, Mixup<>>>, CannotBeMixed<Mixup<>, Words>>);
// Each of several losses of one output is asked whether it takes mixed batches.
struct Hard : Loss<Hard> {
  using targets = Classes;
  static constexpr Mixes mixes = Mixes::OfTargets;
  static constexpr bool fits(Shape) { return true; }
};
using Beside = Losses<Weighted<CrossEntropy<>, 1>, Weighted<Hard, 1>>;
static_assert(std::is_same_v<verdict<Finetune<TinyNet, Beside, Mixup<>>>, MixNeedsLabels<Mixup<>, Hard>>);

// losses of phases: all outputs of the recipe, in any order, with its targets
using Turn = Losses<Weighted<Huber<On<"depth">>, 2>, Weighted<Smooth, 1>>;
template <class L>
using Begins = Phases<Phase<Epochs<1>, L>, Phase<Epochs<1>>>;
static_assert(two_is<Accepted, Both, Begins<Turn>>);
using Turned = InPhase<Finetune<Two, Both, Begins<Turn>>, 0>;
static_assert(detail::loss_places<Turned>.output[0] == 1 && detail::loss_places<Turned>.target[0] == 1 &&
              detail::loss_places<Turned>.target[1] == 0 && detail::loss_places<Turned>.targets == 2);
static_assert(two_is<OutputWithoutLoss<Two, "depth">, Both, Begins<CE>>);
static_assert(two_is<Accepted, CE, Unused<"depth">, Begins<Focal<On<"class">>>> &&
              two_is<Contradiction<Unused<"depth">, MSE>, CE, Unused<"depth">, Begins<Both>>);
static_assert(two_is<NoSuchOutput<Two, "clas", DidYouMean<"class">>, Both, Begins<CrossEntropy<On<"clas">>>>);
using Masks = Losses<Weighted<CE, 1>, Weighted<Pixels, 1>>;
static_assert(two_is<LossOfPhaseDiffers<Phase<Epochs<1>, Masks>, Masks, Both>, Both, Begins<Masks>>);
