// build error: matches no tensor of the model
// first error: MatchesNothing.*ResNet18
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Match<"layer5.*">>>;
R recipe;
