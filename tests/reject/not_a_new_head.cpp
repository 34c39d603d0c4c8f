// build error: the second argument of this recipe is the new head
// first error: NotANewHead.*Epochs<20>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = KerasTransfer<ResNet18, Epochs<20>, Epochs<10>>;
R recipe;
