// build error: needs New below the classes of the new head
// first error: NoSuchRow.*ReuseRows.*Row<0, 1000>.*2.*1000
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, ReuseRows<Row<0, 1000>>>;
R recipe;
