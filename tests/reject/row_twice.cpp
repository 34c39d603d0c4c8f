// build error: starts from one row of the old classifier
// first error: RowTwice.*ReuseRows.*Row<0, 934>.*Row<0, 936>
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, ReuseRows<Row<0, 934>, Row<0, 936>>>;
R recipe;
