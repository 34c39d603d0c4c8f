// build error: ends before this schedule does anything
// first error: ScheduleNeverActs.*StepLr.*Epochs<7>.*5
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Epochs<5>, StepLr<Epochs<7>, 0.1>>;
R recipe;
