// build error: crops of a larger picture
// first error: CropsWholePicture.*TestViews.*FiveCrops
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Augment<WholePicture, HorizontalFlip<>>, TestViews<FiveCrops>>;
R recipe;
