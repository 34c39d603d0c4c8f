// build error: soft targets are probabilities of classes
// first error: DistillNeedsClasses.*BinaryCrossEntropy
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, BinaryCrossEntropy<>, Distill<ResNet50>>;
R recipe;
