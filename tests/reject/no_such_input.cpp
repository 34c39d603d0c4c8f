// build error: this network has no input of this name
// first error: NoSuchInput.*Mine.*agee.*DidYouMean<.*age
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Mine final
    : Network<Inputs<Image<3, 8>, VectorInput<"age", 2>>, Block<"body", GlobalAvgPool, Merge<Concat, "age">>,
              Block<"head", Named<"fc", Linear<5, 10>>>> {};
static_assert(has_input<Mine, "agee">());  // asked by input<R, "agee">(batch)
