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
static_assert(Adagrad<>::values.lr == 1e-2 && Adagrad<>::values.eps == 1e-10 && Adagrad<>::values.accumulator == 0);
static_assert(RmsProp<>::values.lr == 1e-2 && RmsProp<>::values.smoothing == 0.99 && RmsProp<>::values.eps == 1e-8);
static_assert(Lion<>::values.lr == 1e-4 && Lion<>::values.beta1 == 0.9 && Lion<>::values.beta2 == 0.99);
static_assert(AdamW<>::values.weight_decay == 1e-2 && Adam<>::values.weight_decay == 0);
static_assert(tiny_is<OutOfRange<RmsProp<Smoothing<1>>>, RmsProp<Smoothing<1>>>);
static_assert(tiny_is<OutOfRange<Adagrad<LrDecay<-1>>>, Adagrad<LrDecay<-1>>>);
static_assert(tiny_is<OutOfRange<Lion<Betas<1, 0.9>>>, Lion<Betas<1, 0.9>>>);

// what is kept for each parameter, in single precision
template <class Optimizer>
inline constexpr std::int64_t kept = memory<Finetune<Tiny, Optimizer>>(1, 8).optimizer / (4 * parameter_count<Tiny>());
static_assert(kept<Sgd<>> == 0 && kept<Sgd<Momentum<0.9>>> == 1 && kept<Adam<>> == 2 && kept<AdamW<AmsGrad>> == 3);
static_assert(kept<Adagrad<>> == 1 && kept<Lion<>> == 1 && kept<RmsProp<>> == 1);
static_assert(kept<RmsProp<Momentum<0.9>>> == 2 && kept<RmsProp<Momentum<0.9>, Centered>> == 3);
