// The smallest recipe: what everybody pays.
#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>>;
static_assert(trainable_parameters<R> > 0 && lr_at<R>(0, 100) > 0);
