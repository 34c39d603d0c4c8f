#include <tuneit/recipe.hpp>
using namespace tuneit;
struct AnyModule {};
struct Ours final
    : ModuleNetwork<AnyModule, Input<3, 32>, OutputSize<10>, Block<"all", Named<"w", Parameter<"weight", 10, 3>>>> {};
using R = Finetune<Ours, NoDecay<All>>;
R recipe;
