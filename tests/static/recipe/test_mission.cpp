// The example of the mission, as it stands, and what follows from it.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>>;
static_assert(std::is_same_v<verdict<R>, Accepted>);
static_assert(trainable_parameters<R> == 10'494'466 && frozen_parameters<R> == 683'072);
static_assert(frozen_prefix<R>() == 3);
static_assert(plan<R>.rows[table<R::model>.size - 1].lr_scale == 10);
static_assert(plan<R>.rows[table<R::model>.size - 1].starts_from == Origin::Fresh);
static_assert(std::is_same_v<R::root, ResNet18> && R::epochs == 5 && R::batch_size == 32);
static_assert(memory<R>(64, 224) < 8_GiB && memory<R>(64, 224) > memory<R>(32, 224));
// three times forward behind the frozen blocks, but for the input of the two convolutions that begin layer3
static_assert(training_macs<R>() ==
              3 * forward_macs<R>() -
                  2 * (block_costs<R::model>().cost[0].macs + block_costs<R::model>().cost[1].macs +
                       block_costs<R::model>().cost[2].macs) -
                  14 * 14 * (256 * 128 * 9 + 256 * 128));

// all in one, and a recipe with a name of its own
struct Full final
    : Finetune<ResNet50, ReplaceHead<3, XavierUniform>, Freeze<Layers<0, 2>>, Unfreeze<Norms>, LrScale<Head, 10>,
               NoDecay<Union<Norms, Biases>>, Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-3>, Nesterov>, Epochs<7>,
               BatchSize<64>, CosineLr, Warmup<Epochs<1>>, CrossEntropy<LabelSmoothing<0.1>>, Precision<BF16>> {};
static_assert(Full::epochs == 7 && Full::batch_size == 64 && Full::loss::label_smoothing == 0.1);
static_assert(defaults<Full>().optimizer.nesterov != 0.0 && defaults<Full>().classes == 3 &&
              defaults<Full>().precision == PrecisionKind::BFloat16);
static_assert(trainable_parameters<Full> > 0);
static_assert(std::is_same_v<verdict<Full>, Accepted>);
