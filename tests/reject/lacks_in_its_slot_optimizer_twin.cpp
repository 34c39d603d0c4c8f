#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Slow : AdamW<Lr<1e-5>> {};
using R = Finetune<ResNet18, Slow>;
R recipe;
