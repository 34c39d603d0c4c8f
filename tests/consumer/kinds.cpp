// Training loops of recipes of many kinds in a user's translation unit: layers, losses, optimizers and acting policies.
#include <tuneit/tuneit.hpp>

#include <cstdio>

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

using namespace tuneit;

template <int C>
struct Turn {
  using layers = Seq<Residual<Seq<Named<"conv", Conv2d<C, C, Window{3, 1, 1, C}>>, Named<"bn", BatchNorm2d<C>>,
                                  StochasticDepth<0.1, 2>>,
                              Identity>,
                     ReLU6>;
};
struct Net final
    : Network<Input<3, 16>,
              Block<"stem", Named<"conv", Conv2d<3, 8, Window{3, 1, 1}>>, Named<"bn", BatchNorm2d<8>>, ReLU,
                    MaxPool2d<Window{2, 2}>>,
              Block<"body", Named<"turns", Repeat<0, 2, Turn<8>>>>,
              Block<"hidden", AdaptiveAvgPool2d<2>, Flatten, Named<"wide", Linear<32, 16>>, ReLU, Dropout<0.1>>,
              Block<"head", Named<"fc", Linear<16, 5>>>> {};

using OfClasses = Finetune<Net, ReplaceHead<2>, Freeze<Layers<0, 1>>, LrScale<Head, 10>, Adam<Lr<1e-3>, AmsGrad>,
                           Ema<0.9>, ClipNorm<1>, Accumulate<2>, Mixup<0.2>, L2Sp<0.1>, Precision<BF16>>;
using Labels = Finetune<Net, ReplaceHead<Dynamic, Hidden<7>, HeadNorm>, FrozenStats<Norms>, RmsProp<Centered>,
                        BinaryCrossEntropy<PosWeight<2>>, Warmup<Steps<2>>, CosineTo<0.1>, ClipValue<1>>;
using OfNumbers = Finetune<Net, ReplaceHead<2>, Lion<>, MeanSquaredError<>, Plateau<0.1, Patience<1>>,
                           EarlyStop<Patience<4>>, NoDecay<Biases>, Precision<FP64>>;
using Phased = Finetune<Net, ReplaceHead<3>, Adagrad<>, Focal<>, CutMix<1>, DiscriminativeRates<0.1, Backbone, Head>,
                        Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<2>, Lr<1e-4>, CosineLr>>>;
using Open =
    Finetune<Net, ReplaceHead<2>, ChosenOptimizer, ChosenSchedule, Precision<ChosenPrecision>,
             CrossEntropy<LabelSmoothing<0.1>, ClassWeights<1, 2>>, TestViews<FiveCrops>,
             Augment<RandomResizedCrop<>, HorizontalFlip<>, ColorJitter<0.4, 0.4, 0.4, 0.1>, RandomErasing<0.1>>>;

template <class R>
double train(const at::Tensor& labels) {
  Settings s = defaults<R>();
  if (s.classes < 1) s.classes = 2;
  Trainer<R> trainer(s);
  const at::Tensor images = at::ones({4, 3, 16, 16});
  const double loss = trainer.step(images, labels, 2).loss;
  return loss + trainer.score(trainer.logits(images), labels).loss;
}

int main() {
  const at::Tensor classes = at::zeros({4}, at::kLong), numbers = at::zeros({4, 2});
  std::printf("%g %g %g %g %g\n", train<OfClasses>(classes), train<Labels>(numbers), train<OfNumbers>(numbers),
              train<Phased>(classes), train<Open>(classes));
  std::puts(explain<Open>().c_str());
}
