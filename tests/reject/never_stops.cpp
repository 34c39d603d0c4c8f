// build error: patience is not shorter than the training
// first error: NeverStops.*EarlyStop.*Patience<10>.*5
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, EarlyStop<Patience<10>>>;
R recipe;
