// Twelve policies and four phases on a deep network.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R =
    Finetune<ResNet152, ReplaceHead<5, Dropout<0.2>, XavierUniform>, LrScale<Head, 10>, LrScale<Layers<0, 2>, 0.1>,
             NoDecay<Union<Norms, Biases>>, DecayScale<Layer<"layer4">, 2>, FrozenStats<Layers<0, 3>>,
             AdamW<Lr<2e-4>, WeightDecay<0.05>>, CosineLr, Warmup<Steps<500>>, BatchSize<64>,
             CrossEntropy<LabelSmoothing<0.1>>, Mixup<0.2>,
             Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, Freeze<Layers<0, 4>>, Lr<1e-4>>,
                    Phase<Epochs<3>, Freeze<Layers<0, 3>>, Unfreeze<Match<"layer1.*.bn?.weight">>, LrScale<Norms, 2>>,
                    Phase<Epochs<4>, Freeze<Layer<"layer1", "layer3.1">>, Lr<1e-5>, CosineLr>>>;
static_assert(trainable_parameters<R> > 0 && lr_at<R>(0, 100) == 0 && plans<R>.size() == 4);
