#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final : Network<Input<3, 8>, Block<"stem", Named<"conv", Conv2d<3, 4, Window{3, 1, 1}>>, ReLU>,
                            Block<"body", Tanh>, Block<"head", Named<"fc", Conv2d<4, 2, Window{1}>>, Output<"mask">>> {
};
static_assert(has_output<Mine, "mask">());
