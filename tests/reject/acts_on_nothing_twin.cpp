#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Mixout<0.7, All>>;
R recipe;
