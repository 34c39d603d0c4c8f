// build error: CutMix pictures of one size
// first error: CannotBeMixed.*Mixup.*Words
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Words final : Network<Inputs<Tokens<"ids", 7>>, Block<"embed", Named<"word", Embedding<9, 4>>, Flatten>,
                             Block<"head", Named<"fc", Linear<28, 4>>>> {};
using R = Finetune<Words, Mixup<>>;
R recipe;
