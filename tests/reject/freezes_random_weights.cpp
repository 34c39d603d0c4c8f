// build error: start from random numbers \(FromScratch or
// first error: FreezesRandomWeights.*ResNet18.*Freeze
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Reinitialise<Layer<"layer4">>, Freeze<Layers<0, 5>>>;
R recipe;
