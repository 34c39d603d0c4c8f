// build error: a rule says which layers it is about.*what it makes of each leaf
// first error: LacksItsMember.*Sloped
// limit: message
#include <tuneit/recipe.hpp>
using namespace tuneit;
template <class S>
struct Sloped : AdapterTag {
  using selector = S;
  template <class Leaf>
  struct On {};
};
using R = Finetune<ResNet18, ReplaceHead<2>, Sloped<Norms>>;
R recipe;
