// build error: is about a new head
// first error: KeepsOldHead.*ReuseRows
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReuseRows<Row<0, 934>>>;
R recipe;
