// Refusals: what is frozen, and what is not.
#include "../verdicts.hpp"
using namespace tuneit;

// NothingTrains
static_assert(tiny_is<NothingTrains<Tiny>, Freeze<All>>);
static_assert(tiny_is<NothingTrains<Tiny>, Freeze<Backbone>, Freeze<Head>>);
static_assert(tiny_is<NothingTrains<Tiny>, ReplaceHead<2>, Freeze<All>>, "the tutorial that freezes what it replaced");
static_assert(tiny_is<NothingTrains<Tiny>, Freeze<All>, BatchStats<>>, "moving statistics are no training");
static_assert(tiny_is<Accepted, ReplaceHead<2>, Freeze<All>, Unfreeze<Head>>);
static_assert(tiny_is<Accepted, Freeze<Except<Layer<"fc.bias">>>>);

// NothingTrainsInPhase
static_assert(tiny_is<NothingTrainsInPhase<Tiny, 2>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<All>>>>);
static_assert(
    tiny_is<NothingTrainsInPhase<Tiny, 1>, Freeze<Backbone>, Phases<Phase<Epochs<1>, Freeze<Head>>, Phase<Epochs<1>>>>);
static_assert(
    tiny_is<Accepted, Freeze<All>, Phases<Phase<Epochs<1>, Unfreeze<Head>>, Phase<Epochs<1>, Unfreeze<Layers<1, 3>>>>>);
static_assert(tiny_is<NothingTrains<Tiny>, Phases<Phase<Epochs<1>, Freeze<All>>>>, "one phase is no phase");

// FreezesNewHead
static_assert(tiny_is<FreezesNewHead<Tiny, Freeze<Head>>, ReplaceHead<2>, Freeze<Head>>);
static_assert(tiny_is<FreezesNewHead<Tiny, Freeze<Biases>>, ReplaceHead<2>, Freeze<Biases>>);
static_assert(tiny_is<FreezesNewHead<Tiny, Freeze<Head>>, ReplaceHead<2>,
                      Phases<Phase<Epochs<1>, Freeze<Head>>, Phase<Epochs<1>, Freeze<Backbone>>>>,
              "frozen before it has ever trained");
static_assert(
    tiny_is<Accepted, ReplaceHead<2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, Freeze<Head>>>>,
    "a head that has trained may rest");
static_assert(tiny_is<Accepted, Freeze<Head>>, "a pretrained head may be frozen");
static_assert(tiny_is<Accepted, ReplaceHead<2>, Freeze<Intersect<Biases, Backbone>>>);

static_assert(tiny_is<FreezesNewHead<Tiny, TrainOnly<Biases>>, ReplaceHead<2>, TrainOnly<Biases>>,
              "the new head's weight would stay random");
static_assert(tiny_is<Accepted, ReplaceHead<2>, TrainOnly<Union<Biases, Head>>> &&
              tiny_is<Accepted, TrainOnly<Biases>>);

// OnlyNothing, OnlyEverything: TrainOnly and its selector are named as they were written
static_assert(tiny_is<OnlyNothing<Tiny, TrainOnly<Match<"layer4.*">>>, TrainOnly<Match<"layer4.*">>>);
static_assert(tiny_is<OnlyNothing<Tiny, TrainOnly<Intersect<Norms, Head>>>, TrainOnly<Intersect<Norms, Head>>>);
static_assert(tiny_is<OnlyEverything<Tiny, TrainOnly<All>>, TrainOnly<All>> &&
              tiny_is<OnlyEverything<Tiny, TrainOnly<Union<Head, Backbone>>>, TrainOnly<Union<Head, Backbone>>>);
static_assert(tiny_is<OnlyNothing<Tiny, TrainOnly<Match<"x">>>, Phases<Phase<Epochs<1>, TrainOnly<Match<"x">>>>>);
static_assert(tiny_is<NotASelector<TrainOnly<Epochs<3>>, Epochs<3>>, TrainOnly<Epochs<3>>> &&
              tiny_is<NoSuchLayer<Tiny, "c", DidYouMean<"a">>, TrainOnly<Layer<"c">>> &&
              tiny_is<NoSuchBlocks<Tiny, Layers<1, 4>, 3>, TrainOnly<Layers<1, 4>>>);
static_assert(tiny_is<Contradiction<TrainOnly<Head>, TrainOnly<Norms>>, TrainOnly<Head>, TrainOnly<Norms>>);
static_assert(tiny_is<NothingTrains<Tiny>, TrainOnly<Head>, Freeze<Head>>);
static_assert(tiny_is<UnfreezesNothing<Tiny, Unfreeze<Head>>, TrainOnly<Head>, Unfreeze<Head>> &&
              tiny_is<Accepted, TrainOnly<Head>, Unfreeze<Norms>>);

// FreezesRandomWeights
static_assert(
    tiny_is_both_ways<FreezesRandomWeights<Tiny, Freeze<Layer<"b">>>, Reinitialise<Layer<"b.1">>, Freeze<Layer<"b">>>);
static_assert(tiny_is<FreezesRandomWeights<Tiny, Freeze<Backbone>>, FromScratch, Freeze<Backbone>>);
static_assert(tiny_is<FreezesRandomWeights<Tiny, Freeze<Layers<0, 1>>>, FromScratch,
                      Phases<Phase<Epochs<1>, Freeze<Layers<0, 1>>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<Accepted, Reinitialise<Layer<"b.1">>, Freeze<Layer<"b.0">>>);

// ScalesFrozen
static_assert(tiny_is<ScalesFrozen<Tiny, LrScale<Norms, 2>>, Freeze<Backbone>, LrScale<Norms, 2>>);
static_assert(tiny_is<ScalesFrozen<Tiny, NoDecay<Norms>>, NoDecay<Norms>, Freeze<Layers<0, 1>>>);
static_assert(tiny_is<ScalesFrozen<Tiny, DecayScale<Norms, 2>>, DecayScale<Norms, 2>, Freeze<Layers<0, 1>>>);
static_assert(tiny_is<ScalesFrozen<Tiny, LrScale<Layer<"b">, 2>>,
                      Phases<Phase<Epochs<1>, Freeze<Backbone>, LrScale<Layer<"b">, 2>>, Phase<Epochs<1>>>>,
              "it moves in another phase, but the scale is of this one");
static_assert(tiny_is<Accepted, LrScale<Layer<"b">, 2>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<Accepted, Freeze<Layers<0, 1>>, NoDecay<Union<Norms, Biases>>>);

// UnfreezesNothing
static_assert(tiny_is<UnfreezesNothing<Tiny, Unfreeze<Head>>, Unfreeze<Head>>);
static_assert(
    tiny_is_both_ways<UnfreezesNothing<Tiny, Unfreeze<Layer<"b">>>, Freeze<Layers<0, 1>>, Unfreeze<Layer<"b">>>);
static_assert(tiny_is<UnfreezesNothing<Tiny, Unfreeze<Head>>, Freeze<Backbone>,
                      Phases<Phase<Epochs<1>, Unfreeze<Head>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<Accepted, Freeze<Backbone>, Unfreeze<Layer<"b.2">>>);

// NoBatchNorm
static_assert(tiny_is<NoBatchNorm<Tiny, FrozenStats<Head>>, FrozenStats<Head>>);
static_assert(tiny_is<NoBatchNorm<Tiny, BatchStats<Layer<"n.bias">>>, BatchStats<Layer<"n.bias">>>);
struct Plain final : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};
static_assert(is<NoBatchNorm<Plain, FrozenStats<>>, Finetune<Plain, FrozenStats<>>>);
static_assert(tiny_is<Accepted, FrozenStats<>> && tiny_is<Accepted, BatchStats<Layer<"n">>>);

// StatisticsContradict
static_assert(
    tiny_is<StatisticsContradict<Tiny, FrozenStats<>, BatchStats<Layer<"n">>>, FrozenStats<>, BatchStats<Layer<"n">>>);
static_assert(tiny_is<StatisticsContradict<Tiny, BatchStats<>, FrozenStats<>>, BatchStats<>, FrozenStats<>>);
static_assert(is<Accepted, Finetune<ResNet18, FrozenStats<Layers<0, 1>>, BatchStats<Layers<1, 5>>>>);

// PullsNewWeights
static_assert(tiny_is<PullsNewWeights<Tiny, L2Sp<0.1, 0, All>>, ReplaceHead<2>, L2Sp<0.1, 0, All>>);
static_assert(tiny_is<PullsNewWeights<Tiny, L2Sp<0.1>>, FromScratch, L2Sp<0.1>>);
static_assert(tiny_is<Accepted, L2Sp<0.1, 0, All>> && tiny_is<Accepted, ReplaceHead<2>, L2Sp<0.1, 0.01>>);

// RecomputesNothing: alone, in a phase, behind what is frozen
static_assert(tiny_is<Accepted, Recompute<All>> && tiny_is<Accepted, Recompute<Layer<"b.1">>, Freeze<Layer<"b.0">>>);
static_assert(tiny_is<RecomputesNothing<Tiny, Recompute<Head>>, Recompute<Head>>, "one layer behind a mean");
static_assert(tiny_is_both_ways<RecomputesNothing<Tiny, Recompute<Layer<"stem">>>, Recompute<Layer<"stem">>,
                                Freeze<Layers<0, 1>>>);
static_assert(tiny_is<RecomputesNothing<Tiny, Recompute<Head>>, Recompute<Layer<"b">>,
                      Phases<Phase<Epochs<1>, Lr<1e-2>>, Phase<Epochs<1>, Recompute<Head>>>>);
static_assert(
    tiny_is<Accepted, Recompute<Layer<"b">>, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>, Lr<1e-4>>>>,
    "in one of the phases there is something to save");
static_assert(tiny_is<RecomputesNothing<Tiny, Recompute<Layer<"b">>>,
                      Phases<Phase<Epochs<1>, Freeze<Backbone>, Recompute<Layer<"b">>>, Phase<Epochs<1>>>>);
static_assert(tiny_is<NoSuchLayer<Tiny, "c", DidYouMean<"a">>, Recompute<Layer<"c">>> &&
              tiny_is<NotASelector<Recompute<Epochs<3>>, Epochs<3>>, Recompute<Epochs<3>>>);

// and what policies of one's own do to the same field
struct Keep : PolicyTag {
  static constexpr Stage stage = Stage::Memory;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, Layer<"b.1">>(plan, [](PlanRow& row, const TensorRow&) { row.recomputed = false; });
  }
};
static_assert(tiny_is<SetsDiffer<Tiny, Recompute<All>, Keep, "b.1.c.weight", Field::recomputed>, Recompute<All>, Keep>);
static_assert(tiny_is<Accepted, Recompute<All>, Recompute<Layer<"b">>>, "twice the same is the same");

// TiedApart: what is one tensor is treated as one
struct TokenMean : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};
template <fixed_string Name>
struct TiedWords final : Network<Inputs<Tokens<"ids", 9>>, Block<"embed", Named<"word", Embedding<50, 16>>>,
                                 Block<"head", TokenMean, Named<"output", TiedLinear<16, 50, Tied<Name>>>>> {};
using Spoken = TiedWords<"word.weight">;
template <class... Ps>
using SpokenOf = Finetune<Spoken, Ps...>;
static_assert(table<Spoken>.rows[1].tied == 0 && parameter_count<Spoken>() == 800);
static_assert(verdict<SpokenOf<>>::accepted && network_verdict<Spoken>::accepted);
static_assert(
    is<TiedApart<Spoken, "word.weight", "output.weight", Freeze<Layer<"word">>>, SpokenOf<Freeze<Layer<"word">>>>);
static_assert(is<TiedApart<Spoken, "word.weight", "output.weight", Freeze<Layer<"output">>>,
                 SpokenOf<NoDecay<All>, Freeze<Layer<"output">>>>);
static_assert(is<TiedApart<Spoken, "word.weight", "output.weight", LrScale<Head, 10>>, SpokenOf<LrScale<Head, 10>>>);
static_assert(is<TiedApart<Spoken, "word.weight", "output.weight", Freeze<Backbone>>,
                 SpokenOf<Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Freeze<Backbone>>>>>);
static_assert(is<TiedApart<Spoken, "word.weight", "output.weight", GroupOf<Head, Sgd<Lr<1e-2>>>>,
                 SpokenOf<GroupOf<Head, Sgd<Lr<1e-2>>>>>);
static_assert(is<TiedApart<Spoken, "word.weight", "output.weight", Unfreeze<Layer<"word">>>,
                 SpokenOf<Freeze<All>, Unfreeze<Layer<"word">>>>);
static_assert(is<NothingTrains<Spoken>, SpokenOf<Freeze<All>>>);
static_assert(verdict<SpokenOf<LrScale<All, 2>>>::accepted);

// TiedToNothing: a name that is not there
using Mumbled = TiedWords<"wort.weight">;
static_assert(is<TiedToNothing<Mumbled, "output.weight">, Finetune<Mumbled>>);
static_assert(std::is_same_v<network_verdict<Mumbled>, TiedToNothing<Mumbled, "output.weight">>);
