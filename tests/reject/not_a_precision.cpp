// build error: Precision takes FP32, TF32, BF16
// first error: NotAPrecision.*float
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Precision<float>>;
R recipe;
