// build error: expected a type, got '2'|template argument for template type parameter must be a type
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, EarlyStop<2>>;
R recipe;
