// Prints the fingerprint and the canonical text of many recipes, a line for each. Ends with 1 if two are equal by
// accident, or if texts and fingerprints do not differ alike.
#include <cstdio>
#include <map>
#include <string>
#include <tuneit/recipe.hpp>

using namespace tuneit;

// --- types of one's own, in namespaces of one's own
namespace mine {

enum class Way { Up = 1, Down };
template <class S, auto X>
struct Scaled : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) { row.lr_scale *= 2; });
  }
};
template <Way W, class S>
struct Directed : Scaled<S, 2> {};
template <fixed_string Name, int N>
struct Labelled : Scaled<Layer<Name>, N> {};
struct Heads : Scaled<Head, 3> {};
struct Odds : SelectorTag {
  template <class Model>
  static constexpr bool matches(std::size_t row) {
    return row % 2 == 1;
  }
};
template <class T>
struct Outer {
  struct Inner : Scaled<Head, 4> {
    static constexpr auto name = "OuterInner";
  };
};
template <class... O>
struct SignSgd : Optimizer<SignSgd<O...>, Defaults<Lr<1e-3>, WeightDecay<0>>, O...> {
  static constexpr std::array<std::string_view, 0> states{};
};
struct Slow : AdamW<Lr<1e-6>> {};
template <auto X>
struct Halving : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{Hyperparameter{.name = "every", .value = X}};
  static constexpr double factor(const ScheduleTime&, const double*) { return 0.5; }
};
template <int K>
struct Top : MetricTag {
  static constexpr std::string_view name = "top";
};
struct Net final : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                           Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 10>>>> {};

}  // namespace mine
namespace {
template <bool B>
struct Masked_ : mine::Scaled<Head, 5> {};
}  // namespace

// --- the recipes
template <class... Ps>
using Tiny = Finetune<TinyNet, Ps...>;
template <class M>
using Start = Finetune<M, ReplaceHead<2>, Freeze<Backbone>, AdamW<>>;

using Optimizers = Vary<AnyOf<AdamW>, AdamW<>, AdamW<Lr<3e-4>, WeightDecay<0.05>>, Adam<AmsGrad>,
                        Sgd<Lr<0.1>, Momentum<0.9>, Nesterov>, Adagrad<>, RmsProp<Centered>, Lion<Betas<0.9, 0.98>>,
                        Lamb<>, Adafactor<UpdateClip<2.0>>>;
using Models =
    List<Start<TinyNet>, Start<ResNet18>, Start<ResNet50>, Start<MobileNetV2>, Start<Vgg11>, Start<mine::Net>>;

template <class... Ps>
using Each = List<Tiny<Ps>...>;
using Selectors = Each<Freeze<Layers<0, 1>>, Freeze<Layers<0, 2>>, Freeze<Layer<"stem">>, Freeze<Layer<"stem", "body">>,
                       Freeze<Match<"*.weight">>, Freeze<Norms>, Freeze<Biases>, Freeze<Weights>, Freeze<Except<Head>>,
                       Freeze<Union<Norms, Biases>>, Freeze<Intersect<Norms, Biases>>, Freeze<mine::Odds>,
                       TrainOnly<Head>, TrainOnly<Union<Head, Norms>>, FrozenStats<All>, BatchStats<All>>;
using Rates = Each<LrScale<Head, 10>, LrScale<Head, 10.5>, LrScale<Backbone, 10>, LrScale<Head, 1e-7>,
                   LrScale<Head, 0.1>, LrScale<Head, 0.30000000000000004>, LrScale<Head, 0.3>, LrScale<Head, 123456789>,
                   DecayScale<Head, 10>, LayerDecay<0.5>, LayerDecay<0.5, PerBlock>, LayerDecay<0.5, PerBlock, 0.1>,
                   LayerDecay<0.5, PerBlock, 0.2>, DiscriminativeRates<0.1, Layers<0, 1>, Head>, TenthBelow<>,
                   NoDecay<Norms>, NoDecay<Biases>, NoDecayLike<Timm>, NoDecayLike<Fastai>>;
using Schedules =
    Each<CosineLr, StepLr<Epochs<2>, 0.1>, StepLr<Steps<2>, 0.1>, StepLr<Epochs<2>, 0.2>,
         MultiStepLr<0.1, Epochs<2>, Epochs<4>>, MultiStepLr<0.1, Epochs<2>>, ExponentialLr<0.9>,
         ConstantLr<0.5, Epochs<2>>, LinearLr<0.5, 1, Epochs<2>>, PolynomialLr<2, 0>, OneCycle<>,
         CosineRestarts<Epochs<2>>, CosineRestarts<Epochs<2>, 2>, Warmup<Steps<500>>, Warmup<Epochs<1>>, Plateau<0.5>,
         Plateau<0.5, Patience<3>>, SlantedTriangular<0.1, 32>, mine::Halving<2>, mine::Halving<3>>;
using Drops = ReplaceHead<2, Dropout<0.2>>;
using Acting = detail::FlatList<
    Each<Ema<0.999>, Ema<0.9999>, Ema<0.999, EmaWarmup<>>, Swa<Epochs<2>>, ClipNorm<1>, ClipNorm<0.5>, ClipValue<1>,
         L2Sp<0.1, 0.01>, L2Sp<0.01, 0.1>, Mixup<0.2>, CutMix<0.2>, MixupOrCutMix<0.2, 1.0>, Sam<0.05>, Accumulate<2>,
         Accumulate<4>, EarlyStop<Patience<3>>, EarlyStop<Patience<3>, 0.1>, Distill<TinyNet>,
         Distill<TinyNet, Temperature<4>>, Recompute<All>, Fgm<0.5, Head>, Fgm<1, Head>, FreeLb<2, 0.1, 0, 0, Head>,
         FreeLb<3, 0.1, 0, 0, Head>, Mixout<0.5, All>, Mixout<0.7, All>>,
    List<Tiny<Drops, RDrop<0.5>>, Tiny<Drops, RDrop<1>>>>::type;
using Losses_ =
    Each<CrossEntropy<LabelSmoothing<0.1>>, CrossEntropy<SoftTargets>, BinaryCrossEntropy<>,
         BinaryCrossEntropy<PosWeight<3>>, Focal<>, Focal<Gamma<3>>, Focal<Alpha<0.5>, Gamma<3>>, MeanSquaredError<>,
         Huber<Delta<2>>, SmoothL1<Beta<2>>, Losses<Weighted<Focal<>, 1>, Weighted<BinaryCrossEntropy<>, 0.5>>,
         Losses<Weighted<Focal<>, 0.5>, Weighted<BinaryCrossEntropy<>, 1>>, Metrics<TopK<5>>, Metrics<TopK<3>, TopK<5>>,
         Metrics<mine::Top<2>>, Metrics<mine::Top<3>>, Monitor<TopK<2>>>;
using Data = Each<Epochs<3>, Epochs<30>, BatchSize<3>, Side<3>, Views<3>, TestViews<Mirror>, TestViews<FiveCrops>,
                  OnBadSample<Skip<3>>, OnBadSample<Fail>, Precision<FP16>, Precision<BF16>, Precision<Auto>,
                  Augment<HorizontalFlip<>>, Augment<RandomResizedCrop<0.3>, HorizontalFlip<>, TrivialAugmentWide<>>,
                  Augment<HorizontalFlip<>, VerticalFlip<>>, Augment<VerticalFlip<>, HorizontalFlip<>>,
                  Augment<ColorJitter<0.4, 0.4, 0.4, 0.1>>, Augment<Rotation<30>>, Augment<Rotation<30, Bilinear>>,
                  Augment<RandAugment<2, 9>>, Augment<RandomErasing<0.1>>,
                  Augment<RandomErasing<0.1, 0.02, 0.33, 0.3, 3.3, Noise>>, ReplaceHead<3>, ReplaceHead<Dynamic>,
                  ReplaceHead<3, Dropout<0.2>>, ReplaceHead<3, Dropout<0.2>, XavierUniform>, Reinitialise<Head>,
                  ChosenOptimizer, OptimizerChoice<Sgd<>, AdamW<>>, OptimizerChoice<AdamW<>, Sgd<>>>;
using Own = Each<mine::Scaled<Head, 2>, mine::Scaled<Head, 2.5>, mine::Scaled<Norms, 2>,
                 mine::Directed<mine::Way::Up, Head>, mine::Directed<mine::Way::Down, Head>, mine::Labelled<"stem", 2>,
                 mine::Labelled<"head", 2>, mine::Labelled<"stem", 3>, mine::Heads, mine::Outer<int>::Inner,
                 Masked_<true>, Masked_<false>, mine::Slow, mine::SignSgd<>, mine::SignSgd<Lr<0.1>>>;
template <class... Ps>
using Phased = List<Tiny<Phases<Ps...>>>;
using First = Phase<Epochs<1>, Freeze<Backbone>>;
using WithPhases = detail::FlatList<
    Phased<First, Phase<Epochs<2>>>, Phased<First, Phase<Epochs<3>>>, Phased<First, Phase<Span<1, 3>>>,
    Phased<First, Phase<Epochs<2>, Lr<1e-4>>>, Phased<First, Phase<Epochs<2>, Lr<1e-4>, CosineLr>>,
    Phased<First, Phase<Epochs<2>, BatchSize<3>>>, Phased<First, Phase<Epochs<2>, Side<3>>>,
    Phased<First, Phase<Epochs<2>, CrossEntropy<>>>, Phased<First, Phase<Epochs<2>, Focal<Gamma<3>>>>,
    Phased<First, Phase<Epochs<2>, Focal<>>>, Phased<First, Phase<Epochs<2>, Sgd<>>>, Phased<Phase<Epochs<2>>, First>,
    Each<GradualUnfreeze<Epochs<1>>>,
    List<InPhase<Tiny<Phases<First, Phase<Epochs<2>>>>, 0>, InPhase<Tiny<Phases<First, Phase<Epochs<2>>>>, 1>>>::type;
template <class... Rs>
using Swept = typename detail::FlatList<List<>, Sweep<Rs, Optimizers>...>::type;
template <class L>
struct SweepAll;
template <class... Rs>
struct SweepAll<List<Rs...>> {
  using type = Swept<Rs...>;
};
using All_ = typename detail::FlatList<typename SweepAll<Models>::type, Selectors, Rates, Schedules, Acting, Losses_,
                                       Data, Own, WithPhases, List<Tiny<>>>::type;

int main() {
  std::map<std::string, std::string> texts, hashes;
  bool fine = All_::size >= 200;
  for_each_recipe(All_{}, [&]<class R>(Type<R>) {
    const std::string hash = fingerprint<R>.hex(), text = canonical_text<R>();
    std::printf("%s %s\n", hash.c_str(), text.c_str());
    const auto say = [&](const char* what) {
      std::fprintf(stderr, "%s %s: %s\n", hash.c_str(), text.c_str(), what);
      fine = false;
    };
    if (!texts.emplace(hash, text).second) say("the fingerprint is that of another recipe");
    if (!hashes.emplace(text, hash).second) say("the text is that of another recipe");
    if (fingerprint<canonical<R>>.hex() != hash || canonical_text<canonical<R>>() != text)
      say("another order is another recipe");
  });
  return fine ? 0 : 1;
}
