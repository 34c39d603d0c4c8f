#include <tuneit/recipe.hpp>
using namespace tuneit;
using C = Conv2d<3, 16, Window{3, 1, 1}>;
