// build error: 1 / 10 is 0: write 0.1
// first error: OutOfRange.*AdamW<.*Lr<0
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, AdamW<Lr<1 / 1000>>>;
R recipe;
