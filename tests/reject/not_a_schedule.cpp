// build error: made of schedules
// first error: NotASchedule.*Then.*Head
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Then<During<Epochs<2>, Constant>, Head>>;
R recipe;
