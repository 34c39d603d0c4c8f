#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final
    : Network<Inputs<Image<3, 8>, VectorInput<"age", 2>>, Block<"body", GlobalAvgPool, Merge<Concat, "age">>,
              Block<"head", Named<"fc", Linear<5, 10>>>> {};
static_assert(has_input<Mine, "age">());
