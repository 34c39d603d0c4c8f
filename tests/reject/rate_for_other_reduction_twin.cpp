#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<ResNet18, ReplaceHead<2>, Sgd<Lr<5e-5, Sum>>, CrossEntropy<Sum>>;
R recipe;
