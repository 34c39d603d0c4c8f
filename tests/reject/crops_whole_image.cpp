// build error: crops of a larger picture
// first error: CropsWholeImage.*TestViews.*FiveCrops
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<WholeImage, HorizontalFlip<>>, TestViews<FiveCrops>>;
R recipe;
