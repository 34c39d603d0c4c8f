// build error: looks like a regular expression
// first error: LooksLikeRegex.*ResNet18.*layer3
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Match<"(layer3|layer4).*">>>;
R recipe;
