// build error: the teacher has other outputs
// first error: TeacherDoesNotFit.*1000.*10
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<10>, Distill<ResNet50>>;
R recipe;
