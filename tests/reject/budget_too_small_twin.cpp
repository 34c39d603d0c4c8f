#include <tuneit/recipe.hpp>
using namespace tuneit;
struct Words final : Network<Inputs<Tokens<"ids", 64>>, Block<"embed", Named<"word", Embedding<9, 4>>>,
                             Block<"head", Named<"fc", Linear<4, 2>>>> {};
using R = Finetune<Words, TokenBudget<64>>;
R recipe;
