#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Own : MeanSquaredError<> {};
using R = Finetune<ResNet18, Own>;
R recipe;
