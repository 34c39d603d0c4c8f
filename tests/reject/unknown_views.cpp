// build error: TestViews takes Mirror
// first error: UnknownViews.*TestViews.*HorizontalFlip
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, TestViews<HorizontalFlip<>>>;
R recipe;
