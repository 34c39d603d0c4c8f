// build error: this policy takes a selector
// first error: NotASelector.*Freeze<.*Head
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = KerasTransfer<ResNet18, ReplaceHead<2>, Epochs<2>, Epochs<1>, Freeze<Head>>;
R recipe;
