#include <tuneit/recipe.hpp>
using namespace tuneit;

using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<BaseModel>, Lora<Modules<"conv1">>>;
R recipe;
