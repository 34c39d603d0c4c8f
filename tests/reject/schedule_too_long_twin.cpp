#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, CosineLr, Warmup<Epochs<1>>>;
R recipe;
