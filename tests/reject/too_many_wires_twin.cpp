#include <tuneit/recipe.hpp>

#include <utility>
using namespace tuneit;
template <int... I>
using Saves = Seq<Seq<Save<number_name<100 + I>>, Tanh>...>;
template <int... I>
using Merges = Seq<Merge<Add, number_name<100 + I>>...>;
template <int... I>
Seq<Saves<I...>, Merges<I...>> both(std::integer_sequence<int, I...>);
struct Mine final : Network<Input<3, 8>, Block<"body", decltype(both(std::make_integer_sequence<int, 64>{}))>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<3, 10>>>> {};
using R = Finetune<Mine, ReplaceHead<2>>;
R recipe;
