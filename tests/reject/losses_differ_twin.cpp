#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Losses<Weighted<MeanSquaredError<>, 1>, Weighted<Huber<>, 0.5>>>;
R recipe;
