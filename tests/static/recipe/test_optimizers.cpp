// Each optimizer takes the options that its formula has, and no others; defaults are torch.optim's (torch 2.15).
#include "../tiny.hpp"
using namespace tuneit;

template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<verdict<Finetune<Tiny, Policies...>>, Expected>;
template <class Optimizer, class Option>
inline constexpr bool refuses = tiny_is<NotAnOption<Optimizer, Option>, Optimizer>;

static_assert(tiny_is<Accepted, Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-3>, Nesterov>>);
static_assert(tiny_is<Accepted, Sgd<Momentum<0.9>, Dampening<0.1>>>);
static_assert(tiny_is<Accepted, Adam<Betas<0.8, 0.9>, Eps<1e-6>, AmsGrad>> && tiny_is<Accepted, AdamW<AmsGrad>>);
static_assert(tiny_is<Accepted, Adagrad<LrDecay<0.1>, InitialAccumulator<0.5>, Eps<1e-6>, WeightDecay<1e-4>>>);
static_assert(tiny_is<Accepted, RmsProp<Smoothing<0.9>, Momentum<0.9>, Centered, Eps<1e-6>, WeightDecay<1e-4>>>);
static_assert(tiny_is<Accepted, Lion<Lr<1e-4>, Betas<0.95, 0.98>, WeightDecay<1>>>);

static_assert(refuses<AdamW<Momentum<0.9>>, Momentum<0.9>> && refuses<Adam<Nesterov>, Nesterov>);
static_assert(refuses<Sgd<Betas<0.9, 0.99>>, Betas<0.9, 0.99>> && refuses<Sgd<AmsGrad>, AmsGrad>);
static_assert(refuses<Sgd<Lr<1e-2>, Eps<1e-8>>, Eps<1e-8>> && refuses<Lion<Eps<1e-8>>, Eps<1e-8>>);
static_assert(refuses<Adagrad<Momentum<0.9>>, Momentum<0.9>> && refuses<Adagrad<Betas<0.9, 0.9>>, Betas<0.9, 0.9>>);
static_assert(refuses<RmsProp<Dampening<0.1>>, Dampening<0.1>> && refuses<RmsProp<LrDecay<0.1>>, LrDecay<0.1>>);
static_assert(refuses<Lion<Centered>, Centered> && refuses<AdamW<Smoothing<0.9>>, Smoothing<0.9>>);
static_assert(refuses<Adam<InitialAccumulator<1>>, InitialAccumulator<1>>);

// in a phase, too
template <class Option>
using Phased = Phases<Phase<Epochs<1>, Option>, Phase<Epochs<1>>>;
static_assert(tiny_is<Accepted, Sgd<Momentum<0.9>>, Phased<Momentum<0.5>>>);
static_assert(tiny_is<NotAnOption<Sgd<Momentum<0.9>>, Betas<0.9, 0.99>>, Sgd<Momentum<0.9>>, Phased<Betas<0.9, 0.99>>>);
static_assert(tiny_is<NotAnOption<Lion<>, Momentum<0.9>>, Lion<>, Phased<Momentum<0.9>>>);
static_assert(tiny_is<Accepted, ChosenOptimizer, Phased<Momentum<0.9>>>, "what is left open may turn out to have it");

// numbers
static_assert(optimizer_defaults<Adagrad<>>.lr == 1e-2 && optimizer_defaults<Adagrad<>>.number<Eps>() == 1e-10 &&
              optimizer_defaults<Adagrad<>>.number<InitialAccumulator>() == 0);
static_assert(optimizer_defaults<RmsProp<>>.lr == 1e-2 && optimizer_defaults<RmsProp<>>.number<Smoothing>() == 0.99 &&
              optimizer_defaults<RmsProp<>>.number<Eps>() == 1e-8 && !optimizer_defaults<RmsProp<>>.has<Centered>());
static_assert(optimizer_defaults<Lion<>>.lr == 1e-4 && optimizer_defaults<Lion<>>.number<Betas>() == 0.9 &&
              optimizer_defaults<Lion<>>.number<Betas, 1>() == 0.99);
static_assert(optimizer_defaults<AdamW<>>.decay == 1e-2 && optimizer_defaults<Adam<>>.decay == 0 &&
              optimizer_defaults<AdamW<AmsGrad>>.has<AmsGrad>());
static_assert(optimizer_defaults<Lamb<>>.decay == 1e-2 && optimizer_defaults<Lamb<>>.number<Eps>() == 1e-6);
static_assert(optimizer_defaults<Adafactor<>>.lr == 1e-2 &&
              optimizer_defaults<Adafactor<>>.number<Beta2Decay>() == -0.8);
static_assert(tiny_is<OutOfRange<RmsProp<Smoothing<1>>>, RmsProp<Smoothing<1>>>);
static_assert(tiny_is<OutOfRange<Adagrad<LrDecay<-1>>>, Adagrad<LrDecay<-1>>>);
static_assert(tiny_is<OutOfRange<Lion<Betas<1, 0.9>>>, Lion<Betas<1, 0.9>>>);

// what is kept for each parameter, in single precision
template <class Optimizer>
inline constexpr std::int64_t kept = memory<Finetune<Tiny, Optimizer>>(1, 8).optimizer / (4 * parameter_count<Tiny>());
static_assert(kept<Sgd<>> == 0 && kept<Sgd<Momentum<0.9>>> == 1 && kept<Adam<>> == 2 && kept<AdamW<AmsGrad>> == 3);
static_assert(kept<Adagrad<>> == 1 && kept<Lion<>> == 1 && kept<RmsProp<>> == 1);
static_assert(kept<RmsProp<Momentum<0.9>>> == 2 && kept<RmsProp<Momentum<0.9>, Centered>> == 3);
// Adafactor keeps two numbers a row and column of a matrix, and one a weight of a vector
struct Wide final : Network<Input<3, 8>, Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 10>>>> {};
static_assert(memory<Finetune<Wide, Adafactor<>>>(1, 8).optimizer == 4 * (10 + 3 + 10));
static_assert(memory<Finetune<Wide, Lamb<>>>(1, 8).optimizer == 2 * 4 * (30 + 10));

// one of one's own: options are those of its list, and numbers without a name of their own are in Settings::values
template <auto X>
struct Slower : OptimizerOption {
  static constexpr std::array numbers{Hyperparameter{.name = "slower", .value = static_cast<double>(X)}};
};
template <class... O>
struct Own : Optimizer<Own<O...>, Defaults<Lr<1e-3>, WeightDecay<0>, Slower<2>>, O...> {
  static constexpr std::array states{"mean", "square"};
};
static_assert(tiny_is<Accepted, Own<Slower<3>, Lr<1>>> && refuses<Own<Momentum<0.9>>, Momentum<0.9>>);
static_assert(kept<Own<>> == 2 && optimizer_defaults<Own<Slower<3>>>.number<Slower>() == 3);
using OwnRecipe = Finetune<Tiny, Own<Slower<3>, Lr<1>>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, Slower<4>, Lr<2>>>>;
static_assert(value_of<OwnRecipe, Own<Slower<3>, Lr<1>>>(defaults<OwnRecipe>()) == 3);
static_assert(optimizer_at<OwnRecipe>(defaults<OwnRecipe>(), 0, 10).number<Slower>() == 3);
static_assert(optimizer_at<OwnRecipe>(defaults<OwnRecipe>(), 10, 10).number<Slower>() == 4 &&
              lr_at<OwnRecipe>(10, 10) == 2);
static_assert([] {
  Settings s = defaults<OwnRecipe>();
  value_of<OwnRecipe, Own<Slower<3>, Lr<1>>>(s) = 7;
  s.optimizer.lr = 5;
  return optimizer_at<OwnRecipe>(s, 0, 10).number<Slower>() == 7 && lr_at<OwnRecipe>(s, 0, 10) == 5;
}());
struct Renamed : Own<Slower<5>> {};
static_assert(tiny_is<Accepted, Renamed> &&
              value_of<Finetune<Tiny, Renamed>, Renamed>(defaults<Finetune<Tiny, Renamed>>()) == 5);
template <class... O>
struct NoRate : Optimizer<NoRate<O...>, Defaults<WeightDecay<0>>, O...> {
  static constexpr std::array states{"mean"};
};
template <class... O>
struct NoStates : Optimizer<NoStates<O...>, Defaults<Lr<1>>, O...> {};
template <class... O>
struct WrongStates : Optimizer<WrongStates<O...>, Defaults<Lr<1>>, O...> {
  static constexpr std::array states{OptimizerState{.name = "mean", .only_with = "momentun"}};
};
static_assert(tiny_is<LacksInItsSlot<NoRate<>, "Lr">, NoRate<>>);
static_assert(tiny_is<LacksInItsSlot<NoStates<>, "states">, NoStates<>>);
static_assert(tiny_is<LacksInItsSlot<WrongStates<>, "states">, WrongStates<>>);
