// needs:
// Recipes and the scripts that they write, part two: optimizers, losses, and what a loop may do beside. A line is a
// recipe (see test_python.cpp).
#include "../static/tiny.hpp"
#include "twin.hpp"

using namespace tuneit;
using twins::Small;

namespace {

template <class Model, class... Policies>
void twin(const std::string& name) {
  twins::twin<Model, Policies...>("test_python_training", name);
}

using Head3 = ReplaceHead<3>;
using Plain = Sgd<Lr<0.02>, Momentum<0.9>>;

}  // namespace

TEST_CASE("optimizers") {
  twin<Tiny>("defaults");
  twin<Small, Head3, Sgd<Lr<0.05>>>("sgd");
  twin<Small, Head3, Sgd<Lr<0.02>, Momentum<0.9>, WeightDecay<1e-2>, Nesterov>>("nesterov");
  twin<Tiny, Head3, Sgd<Lr<0.02>, Momentum<0.8>, Dampening<0.3>, WeightDecay<1e-3>>>("dampening");
  twin<Small, Head3, Adam<Lr<1e-3>, WeightDecay<1e-2>>>("adam");
  twin<Tiny, Head3, Adam<Lr<1e-2>, AmsGrad, Betas<0.5, 0.6>>>("amsgrad");
  twin<Small, Head3, AdamW<Lr<1e-3>, Betas<0.8, 0.99>, Eps<1e-6>>>("adamw");
  twin<Tiny, Head3, Adagrad<Lr<0.02>, LrDecay<0.1>, InitialAccumulator<0.5>, WeightDecay<1e-2>>>("adagrad");
  twin<Tiny, Head3, RmsProp<Lr<1e-2>, Smoothing<0.8>, WeightDecay<1e-2>>>("rmsprop");
  twin<Tiny, Head3, RmsProp<Lr<1e-2>, Momentum<0.9>, Centered>>("rmsprop_centered");
  twin<Tiny, Head3, Lion<Lr<1e-3>, WeightDecay<0.1>>, LrScale<Head, 2>>("lion");
}

TEST_CASE("schedules at work") {
  twin<Tiny, Head3, Plain, CosineLr, Warmup<Steps<4>>, Epochs<4>>("cosine_warmup");
  twin<Tiny, Head3, AdamW<>, StepLr<Steps<2>, 0.7>, Warmup<Steps<1>>>("stairs_by_step");
  twin<Tiny, Head3, Plain, OneCycle<>, Epochs<4>>("cycle_of_sgd");
  twin<Tiny, Head3, Adam<>, TorchOneCycle<0.4>, Epochs<4>>("cycle_of_adam");
}

TEST_CASE("losses") {
  twin<Tiny, Head3, Plain, CrossEntropy<LabelSmoothing<0.1>>>("smoothed");
  twin<Tiny, Head3, Plain, CrossEntropy<ClassWeights<1, 3, 0.5>, LabelSmoothing<0.2>>>("class_weights");
  twin<Tiny, Head3, Sgd<Lr<0.004, Sum>, Momentum<0.9>>, CrossEntropy<Sum>>("summed");
  twin<Tiny, Head3, Plain, CrossEntropy<SoftTargets>>("soft_targets");
  twin<Tiny, Head3, Plain, BinaryCrossEntropy<PosWeight<3>>>("binary");
  twin<Tiny, Head3, Plain, MeanSquaredError<>>("regression");
  twin<Tiny, Head3, Plain, Dice<SoftmaxChannels, SquaredSums, ChannelWeights<1, 3, 0.5>, DiceSmooth<0.1>>>("dice");
  twin<Tiny, Head3, Plain, Dice<>>("dice_of_labels");
  twin<Tiny, Head3, Plain, Huber<Delta<0.4>>>("huber");
  twin<Tiny, Head3, Plain, Focal<Gamma<1.5>, Alpha<0.4>>>("focal");
  twin<Tiny, ReplaceHead<1>, Sgd<Lr<0.01, Sum>>, Focal<Sum, Alpha<-1>>>("focal_of_one");
}

TEST_CASE("clipping, accumulation, averages, L2-SP") {
  twin<Small, Head3, Plain, ClipNorm<0.5>>("clipped_norm");
  twin<Small, Head3, Plain, ClipValue<0.02>>("clipped_values");
  twin<Tiny, Head3, Plain, Accumulate<2>, CosineLr, Epochs<6>>("accumulated");
  twin<Tiny, Head3, Plain, Accumulate<2>, CrossEntropy<ClassWeights<1, 3, 0.5>>, Epochs<6>>("accumulated_weights");
  twin<Tiny, Head3, Sgd<Lr<0.004, Sum>>, Accumulate<2>, CrossEntropy<Sum>, ClipNorm<0.3>, Epochs<6>>("accumulated_sum");
  twin<Small, Head3, Plain, Freeze<Layers<0, 1>>, Ema<0.8>>("averaged");
  twin<Tiny, Head3, Plain, Ema<0.7, EmaWarmup<>>>("averaged_warmup");
  twin<Small, Head3, Plain, L2Sp<0.5, 0.1>>("pulled");
  twin<Small, Head3, AdamW<Lr<1e-3>>, L2Sp<0.3, 0.2, Layers<0, 2>>, ClipNorm<1>, Accumulate<2>, Ema<0.9>,
       Phases<Phase<Epochs<2>, Freeze<Backbone>>, Phase<Epochs<4>, CosineLr>>>("all_together");
}
