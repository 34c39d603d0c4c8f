// build error: losses of one output have the same targets
// first error: LossesDiffer.*CrossEntropy.*Huber
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Losses<Weighted<CrossEntropy<>, 1>, Weighted<Huber<>, 0.5>>>;
R recipe;
