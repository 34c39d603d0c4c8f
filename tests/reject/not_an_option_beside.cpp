// build error: Takes<.*Lr<.*WeightDecay<.*Betas<.*Eps<
// first error: NotAnOption.*AdamW<>.*Momentum
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, AdamW<>, Momentum<0.9>>;
R recipe;
