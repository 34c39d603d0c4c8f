// A network of many kinds of layers.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<EfficientNetLite4, ReplaceHead<7>, Freeze<Layers<0, 5>>, LrScale<Head, 10>, NoDecay<Norms>,
                   Sgd<Lr<1e-2>, Momentum<0.9>>, StepLr<Epochs<7>, 0.1>, Epochs<20>>;
static_assert(trainable_parameters<R> > 0 && lr_at<R>(0, 100) > 0 && memory<R>(32, 224) > 0);
