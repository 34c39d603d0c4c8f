#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, ReuseRows<Row<0, 999>>>;
R recipe;
