// build error: longer than the training
// first error: ScheduleTooLong.*Warmup.*Epochs<5>.*5
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, CosineLr, Warmup<Epochs<5>>>;
R recipe;
