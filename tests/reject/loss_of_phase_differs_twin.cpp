#include <tuneit/recipe.hpp>
using namespace tuneit;
using R =
    Finetune<ResNet18, MeanSquaredError<>, Phases<Phase<Epochs<1>, MeanSquaredError<>>, Phase<Epochs<4>, Huber<>>>>;
R recipe;
