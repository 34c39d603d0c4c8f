#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Huber : MeanSquaredError<> {};
using R = Finetune<ResNet18, Huber>;
R recipe;
