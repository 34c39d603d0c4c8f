#include <tuneit/models/bert.hpp>
#include <tuneit/recipe.hpp>
using namespace tuneit;
using R = Finetune<MiniLmL6, Classify<2>>;
R recipe;
