// Refusals are values: what is accepted, and which of several reasons is told. Each reason of the catalogue has its
// test in test_verdicts_THEME.cpp, where THEME is the header in verdict/reasons that defines it.
#include "../verdicts.hpp"
using namespace tuneit;

static_assert(tiny_is<Accepted>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, Freeze<Backbone>, LrScale<Head, 10>>);
static_assert(tiny_is<Accepted, CosineLr, Warmup<Steps<5>>, Sgd<>, Epochs<2>, BatchSize<8>, CrossEntropy<>>);
static_assert(tiny_is<Accepted, ChosenOptimizer, ChosenSchedule, Precision<ChosenPrecision>>);
static_assert(tiny_is<Accepted, ReplaceHead<3, Dropout<0.2>, Hidden<8>, HeadNorm, Dropout<0.2>, NoBias, Zeros>,
                      AdamW<Lr<2e-4>, WeightDecay<0.05>>, Ema<0.999, EmaWarmup<>>, EarlyStop<Patience<2>>, Mixup<>,
                      L2Sp<0.1>, ClipNorm<1>, Accumulate<2>, Precision<BF16>>);
static_assert(tiny_is<Accepted, ReplaceHead<2>, LrScale<Head, 10>,
                      Phases<Phase<Epochs<1>, Freeze<Backbone>>,
                             Phase<Epochs<4>, Freeze<Layers<0, 1>>, Lr<1e-4>, CosineLr, Warmup<Steps<10>>>>>);

// the order of policies decides nothing but which of two reasons is told first
static_assert(tiny_is_both_ways<NothingTrains<Tiny>, Freeze<All>, Epochs<2>>);
static_assert(tiny_is<NoSuchLayer<Tiny, "x", DidYouMean<"a">>, Freeze<Layer<"x">>, Epochs<0>>);
static_assert(tiny_is<OutOfRange<Epochs<0>>, Epochs<0>, Freeze<Layer<"x">>>);

// a word in the wrong place is told before what the words say
static_assert(tiny_is<NotAPolicy<Head>, Epochs<0>, Head>);

// a recipe with a name of its own
struct HasAName final : Finetune<Tiny, Freeze<Backbone>> {};
static_assert(is<Accepted, HasAName>);
