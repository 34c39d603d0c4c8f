// build error: the phase .the last argument, counted from 1. changes nothing
// first error: PhaseChangesNothing.*Freeze<.*Layers<0, 2>.*5
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, GradualUnfreeze<Epochs<1>>, Freeze<Layers<0, 2>>>;
R recipe;
