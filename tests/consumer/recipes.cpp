// torch-free: what can be asked of recipes of many kinds, on every family of models.
#include <tuneit/export/python/emit.hpp>
#include <tuneit/recipe.hpp>

#include <cstdio>

using namespace tuneit;

template <class R>
std::size_t ask() {
  static_assert(std::is_same_v<verdict<R>, Accepted>);
  static_assert(memory<R>(8, 64) > 0_GiB);
  std::string all = print<typename R::model>() + explain<R>() + emit_python<R>(defaults<R>(), {.steps_per_epoch = 3});
  for (const NamedNumber& n : named_numbers<R>()) all += n.name;
  all += type_name<R>();
  check_settings<R>(defaults<R>());
  return all.size() + static_cast<std::size_t>(trainable_parameters<R> + feature_count<R>(64));
}

using Gradual = Finetune<ResNet50, ReplaceHead<3>, GradualUnfreeze<Epochs<1>>, Epochs<8>, LayerDecay<0.5, PerBlock>,
                         SlantedTriangular<>, Adam<Lr<1e-3>>>;
using Rows = Finetune<MobileNetV2, ReplaceHead<2, Zeros>, ReuseRows<Row<0, 934>>, Freeze<Backbone>, Unfreeze<Norms>,
                      NoDecayLike<Timm>, MultiStepLr<0.1, Epochs<1>, Epochs<3>>>;
using Views16 =
    Finetune<EfficientNetLite0, ReplaceHead<2, ConcatPool, HeadNorm, Dropout<0.2>, Hidden<512, false>, NoBias>,
             Views<4>, OnBadSample<Skip<3>>, Freeze<Layers<0, 4>>, Lion<>, CosineRestarts<Epochs<1>>>;
using ClassWeighted = Finetune<Vgg16, ReplaceHead<2>, Freeze<Layers<0, 5>>, CrossEntropy<ClassWeights<1, 3>>,
                               Then<During<Epochs<1>, LinearLr<0.1, 1>>, CosineLr>, AdamW<Betas<0.8, 0.99>>>;
using Scratch = Finetune<Vgg11Bn, FromScratch, Sgd<Lr<0.1>, Momentum<0.9>, Nesterov>, PolynomialLr<2, 0.1>>;

int main() {
  std::printf("%zu\n", ask<Gradual>() + ask<Rows>() + ask<Views16>() + ask<ClassWeighted>() + ask<Scratch>() +
                           ask<KerasTransfer<ResNet18, ReplaceHead<2>, Epochs<2>, Epochs<2>, Layers<3, 5>>>() +
                           ask<FastaiFineTune<ResNet18, FastaiHead<2>, Epochs<3>, Epochs<1>>>() +
                           ask<LightningBackbone<ResNet18, ReplaceHead<2>, 2, 4>>());
}
