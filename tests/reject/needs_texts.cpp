// build error: is about the tokens of texts
// first error: NeedsTexts.*ResNet18.*MaxLength
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, MaxLength<32>>;
R recipe;
