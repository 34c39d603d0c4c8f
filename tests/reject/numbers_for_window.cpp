// build error: wrong number of template arguments \(5, should be at least 3\)|no viable conversion from 'int' to
// 'Window' limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
using C = Conv2d<3, 16, 3, 1, 1>;
