#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GroupOf<Head, AdamW<>>, CrossEntropy<>>;
R recipe;
