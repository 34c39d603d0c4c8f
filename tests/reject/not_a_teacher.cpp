// build error: the first argument of Distill is the teacher
// first error: NotATeacher.*Distill
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, Distill<Temperature<2>>>;
R recipe;
