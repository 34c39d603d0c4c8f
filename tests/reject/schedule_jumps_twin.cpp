#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, Then<During<Epochs<2>, Constant>, LinearDecay>>;
R recipe;
