// Refusals: selectors that do not fit the model.
#include "../verdicts.hpp"
using namespace tuneit;

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
// ... or the selector that it is by itself, where the model has no such layer
template <fixed_string Name, class S>
inline constexpr bool is_selector =
    is<NoSuchLayer<ResNet18, Name, WithoutLayer<S>>, Finetune<ResNet18, Freeze<Layer<Name>>>>;
static_assert(is_selector<"backbone", Backbone> && is_selector<"Backbone", Backbone> &&
              is_selector<"encoder", Backbone> && is_selector<"HEAD", Head> && is_selector<"classifier", Head> &&
              is_selector<"norms", Norms> && is_selector<"BatchNorm", Norms> && is_selector<"bias", Biases> &&
              is_selector<"weights", Weights> && is_selector<"all", All>);
static_assert(
    is<Accepted, Finetune<ResNet18, Freeze<Layer<"head">>>> && is<Accepted, Finetune<ResNet18, Freeze<Layer<"fc">>>> &&
        is<NoSuchLayer<EfficientNetLite0, "fc", WithoutLayer<Head>>, Finetune<EfficientNetLite0, Freeze<Layer<"fc">>>>,
    "a block or layer of this name is meant where there is one");
static_assert(is<NoSuchLayer<ResNet18, "module.layer1", DidYouMean<"layer1">>,
                  Finetune<ResNet18, Freeze<Layer<"module.layer1">>>> &&
                  is<NoSuchLayer<ResNet18, "model.layer4.1.bn2", DidYouMean<"layer4.1.bn2">>,
                     Finetune<ResNet18, Freeze<Layer<"model.layer4.1.bn2">>>>,
              "names with the prefix of somebody's wrapper");
static_assert(is<NoSuchLayer<ResNet18, "bn", DidYouMean<"bn1">>, Finetune<ResNet18, Freeze<Layer<"bn">>>>);
static_assert(tiny_is<NoSuchLayer<Tiny, "fc.wait", DidYouMean<"fc.weight">>, NoDecay<Layer<"fc.wait">>>);
// ... also inside of other selectors
static_assert(tiny_is<NoSuchLayer<Tiny, "c", DidYouMean<"a">>, Freeze<Union<Norms, Except<Layer<"c">>>>>);
// ... a dot too much is no child, an empty name no layer
static_assert(is<NoSuchLayer<ResNet18, "layer4.", DidYouMean<"layer4">>, Finetune<ResNet18, Freeze<Layer<"layer4.">>>>);
static_assert(!is<Accepted, Finetune<ResNet18, Freeze<Layer<"">>>>);
// ... and below a tensor there is nothing
static_assert(
    tiny_is<NoSuchLayer<Tiny, "fc.bias.data", DidYouMean<"fc.bias">>, ReplaceHead<2>, Freeze<Layer<"fc.bias.data">>>);
// ... in every phase
static_assert(
    tiny_is<NoSuchLayer<Tiny, "bb", DidYouMean<"b">>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Layer<"bb">>>>>);

// PatternInLayer: a glob where a name is due
static_assert(is<PatternInLayer<ResNet18, "layer4.*">, Finetune<ResNet18, Freeze<Layer<"layer4.*">>>>);
static_assert(is<PatternInLayer<ResNet18, "layer[34]">, Finetune<ResNet18, Freeze<Layer<"layer2", "layer[34]">>>>);
static_assert(is<Accepted, Finetune<ResNet18, Freeze<Match<"layer4.*">>>>);

// LooksLikeRegex: a regular expression where a glob is due
template <fixed_string Glob>
inline constexpr bool regex =
    is<LooksLikeRegex<ResNet18, Match<Glob>>, Finetune<ResNet18, ReplaceHead<2>, Freeze<Match<Glob>>>>;
static_assert(regex<"layer4\\..*"> && regex<"^layer4.*"> && regex<"layer4.*$"> && regex<"(layer3|layer4).*">);
static_assert(regex<"layer4.+"> && regex<".*bn1.*">);
static_assert(regex<"layer[^4].*">, "as a glob it would select layer4 itself");
static_assert(is<Accepted, Finetune<ResNet18, ReplaceHead<2>, Freeze<Match<"layer[!4].*">>>>);
static_assert(is<Accepted, Finetune<ResNet18, ReplaceHead<2>, Freeze<Match<"*.bn?.*">>>>);

// MatchesNothing
static_assert(tiny_is<MatchesNothing<Tiny, Match<"layer*">>, Freeze<Match<"layer*">>>);
static_assert(tiny_is<MatchesNothing<Tiny, Intersect<Norms, Head>>, LrScale<Intersect<Norms, Head>, 2>>);
static_assert(tiny_is<MatchesNothing<Tiny, Except<All>>, NoDecay<Except<All>>>);
static_assert(is<MatchesNothing<ResNet18, Match<"layer4">>, Finetune<ResNet18, Freeze<Match<"layer4">>>>);

// NoSuchBlocks
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<0, 4>, 3>, Freeze<Layers<0, 4>>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<2, 2>, 3>, Freeze<Layers<2, 2>>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<2, 1>, 3>, Freeze<Layers<2, 1>>>);
static_assert(tiny_is<NoSuchBlocks<Tiny, Layers<-1, 2>, 3>, Freeze<Layers<-1, 2>>>);
static_assert(is<NoSuchBlocks<ResNet18, Layers<0, 9>, 6>, Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 9>>>>);
