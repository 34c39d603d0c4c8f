// build error: an output that is said to be Unused has no loss
// first error: Contradiction.*Unused.*CrossEntropy
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, Save<"x">>,
                            Block<"class", GlobalAvgPool, Named<"fc", Linear<4, 5>>, Output<"class">>,
                            Block<"depth", From<"x">, Named<"d", Conv2d<4, 1, Window{1}>>, Output<"depth">>> {};
using R = Finetune<Mine, Unused<"class", "depth">>;
R recipe;
