// build error: this fits more than one policy of the recipe
// first error: AmbiguousPattern.*AnyOf<tuneit::Freeze>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using Two = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 1>>, Freeze<Norms>>;
using R = Remove<Two, AnyOf<Freeze>>;
R recipe;
