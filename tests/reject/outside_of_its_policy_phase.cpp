// build error: this is no policy by itself
// first error: OutsideOfItsPolicy.*Phase.*GoesInto.*Phases
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Phase<Epochs<1>, Freeze<Backbone>>>;
R recipe;
