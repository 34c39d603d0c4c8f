// build error: rows of the old classifier fit a new one on the same features
// first error: RowsDoNotFit.*ResNet18.*ReuseRows
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2, Hidden<64>>, ReuseRows<Row<0, 934>>>;
R recipe;
