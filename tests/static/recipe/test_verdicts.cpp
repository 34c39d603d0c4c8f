// Refusals are values: every reason of the catalogue, as an ordinary comparison of types, beside what is accepted.
#include "../tiny.hpp"
using namespace tuneit;

template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<verdict<Finetune<Tiny, Policies...>>, Expected>;
template <class Expected, class R>
inline constexpr bool is = std::is_same_v<verdict<R>, Expected>;

static_assert(tiny_is<Accepted>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, Freeze<Backbone>, LrScale<Head, 10>>);

// NoSuchLayer, with the nearest: letter by letter, component by component, blocks by their name
static_assert(is<NoSuchLayer<ResNet18, "layr4", DidYouMean<"layer4">>, Finetune<ResNet18, Freeze<Layer<"layr4">>>>);
static_assert(
    is<NoSuchLayer<ResNet18, "layer4.2", DidYouMean<"layer4.0">>, Finetune<ResNet18, Freeze<Layer<"layer4.2">>>>);
static_assert(is<NoSuchLayer<ResNet50, "layer3.0.conv4", DidYouMean<"layer3.0.conv1">>,
                 Finetune<ResNet50, ReplaceHead<2>, Freeze<Layer<"layer1", "layer3.0.conv4">>>>);
static_assert(is<NoSuchLayer<ResNet152, "layr3.22.bn", DidYouMean<"layer3.22.bn1">>,
                 Finetune<ResNet152, Freeze<Layer<"layr3.22.bn">>>>);
static_assert(is<NoSuchLayer<EfficientNetLite0, "stag3", DidYouMean<"stage3">>,
                 Finetune<EfficientNetLite0, ReplaceHead<2>, Freeze<Layer<"stag3">>>>);
static_assert(is<NoSuchLayer<EfficientNetLite4, "blocks.3", DidYouMean<"_blocks.3">>,
                 Finetune<EfficientNetLite4, LrScale<Layer<"blocks.3">, 2>>>);
static_assert(tiny_is<NoSuchLayer<Tiny, "fc.wait", DidYouMean<"fc.weight">>, NoDecay<Layer<"fc.wait">>>);
// ... also inside of other selectors
static_assert(tiny_is<NoSuchLayer<Tiny, "c", DidYouMean<"a">>, Freeze<Union<Norms, Except<Layer<"c">>>>>);

// MatchesNothing, NoSuchBlocks
static_assert(tiny_is<MatchesNothing<Tiny, Match<"layer*">>, Freeze<Match<"layer*">>>);
static_assert(tiny_is<MatchesNothing<Tiny, Intersect<Norms, Head>>, LrScale<Intersect<Norms, Head>, 2>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<0, 4>, 3>, Freeze<Layers<0, 4>>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<2, 2>, 3>, Freeze<Layers<2, 2>>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<-1, 2>, 3>, Freeze<Layers<-1, 2>>>);
static_assert(is<NoSuchBlocks<ResNet18, Layers<0, 9>, 6>, Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 9>>>>);

// NothingTrains, FreezesNewHead, ScalesFrozen
static_assert(tiny_is<NothingTrains<Tiny>, Freeze<All>>);
static_assert(tiny_is<NothingTrains<Tiny>, ReplaceHead<2>, Freeze<All>>, "the tutorial that freezes what it replaced");
static_assert(tiny_is<Accepted, ReplaceHead<2>, Freeze<All>, Unfreeze<Head>>);
static_assert(tiny_is<FreezesNewHead<Tiny, Freeze<Head>>, ReplaceHead<2>, Freeze<Head>>);
static_assert(tiny_is<Accepted, Freeze<Head>>, "a pretrained head may be frozen");
static_assert(tiny_is<ScalesFrozen<Tiny, LrScale<Norms, 2>>, Freeze<Backbone>, LrScale<Norms, 2>>);
static_assert(tiny_is<ScalesFrozen<Tiny, NoDecay<Norms>>, NoDecay<Norms>, Freeze<Layers<0, 1>>>);
static_assert(tiny_is<Accepted, Freeze<Layers<0, 1>>, NoDecay<Union<Norms, Biases>>>);

// Contradiction: one slot, two policies
static_assert(tiny_is<Contradiction<ReplaceHead<2>, ReplaceHead<3>>, ReplaceHead<2>, ReplaceHead<3>>);
static_assert(tiny_is<Contradiction<Sgd<>, AdamW<>>, Sgd<>, Epochs<2>, AdamW<>>);
static_assert(tiny_is<Contradiction<CosineLr, Constant>, CosineLr, Constant>);
static_assert(tiny_is<Contradiction<Epochs<2>, Epochs<3>>, Epochs<2>, Epochs<3>>);
static_assert(tiny_is<Accepted, CosineLr, Warmup<Steps<5>>, Sgd<>, Epochs<2>, BatchSize<8>, CrossEntropy<>>);

// wrong things in the wrong place
static_assert(tiny_is<NotAPolicy<Head>, Head>);
static_assert(tiny_is<NotAPolicy<int>, Freeze<Norms>, int>);
static_assert(tiny_is<NotASelector<Freeze<Epochs<3>>, Epochs<3>>, Freeze<Epochs<3>>>);
static_assert(tiny_is<NotASelector<Except<int>, int>, Freeze<Except<int>>>);
static_assert(is<NotAModel<Head>, Finetune<Head, ReplaceHead<2>>>);
static_assert(tiny_is<NotAnOption<Sgd<Epochs<3>>, Epochs<3>>, Sgd<Epochs<3>>>);
static_assert(tiny_is<NotAnOption<CrossEntropy<Norms>, Norms>, CrossEntropy<Norms>>);

// OutOfRange
static_assert(tiny_is<OutOfRange<LrScale<Head, 0>>, LrScale<Head, 0>>);
static_assert(tiny_is<OutOfRange<ReplaceHead<0>>, ReplaceHead<0>>);
static_assert(tiny_is<OutOfRange<Epochs<0>>, Epochs<0>>);
static_assert(tiny_is<OutOfRange<BatchSize<-1>>, BatchSize<-1>>);
static_assert(tiny_is<OutOfRange<Views<0>>, Views<0>> && tiny_is<Accepted, Views<1>>);
static_assert(tiny_is<Contradiction<Views<2>, Views<4>>, Views<2>, Epochs<2>, Views<4>>);
static_assert(tiny_is<OutOfRange<Sgd<Lr<-1>>>, Sgd<Lr<-1>>>);
static_assert(tiny_is<NesterovNeedsMomentum<Sgd<Nesterov>>, Sgd<Nesterov>>);
static_assert(tiny_is<OutOfRange<StepLr<Epochs<0>, 0.1>>, StepLr<Epochs<0>, 0.1>>);
static_assert(tiny_is<OutOfRange<CrossEntropy<LabelSmoothing<1>>>, CrossEntropy<LabelSmoothing<1>>>);

// the order of policies decides nothing but which of two reasons is told first
static_assert(tiny_is<NothingTrains<Tiny>, Freeze<All>, Epochs<2>> &&
              tiny_is<NothingTrains<Tiny>, Epochs<2>, Freeze<All>>);
