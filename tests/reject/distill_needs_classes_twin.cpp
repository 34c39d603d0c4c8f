#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, CrossEntropy<>, Distill<ResNet50>>;
R recipe;
