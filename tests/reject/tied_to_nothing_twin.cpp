#include <tuneit/recipe.hpp>
using namespace tuneit;

struct MeanOverTokens : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};
struct Words final : Network<Inputs<Tokens<"ids", 9>>, Block<"embed", Named<"word", Embedding<50, 16>>>,
                             Block<"body", MeanOverTokens, Named<"fc", Linear<16, 16>>, Tanh>,
                             Block<"head", Named<"output", TiedLinear<16, 50, Tied<"word.weight">>>>> {};

using R = Finetune<Words>;
R recipe;
