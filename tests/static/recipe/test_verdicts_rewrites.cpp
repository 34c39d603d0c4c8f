// Rules that change the network: what is refused.
#include <tuneit/recipe.hpp>

#include "../verdicts.hpp"

namespace {

using namespace tuneit;

using Convs = Modules<"conv1", "conv2">;
template <class... Ps>
using On18 = Finetune<ResNet18, ReplaceHead<10>, Ps...>;
static_assert(is<NoSuchModule<ResNet18, "con1", DidYouMean<"conv1">>, On18<Lora<Modules<"con1">>>>);
static_assert(
    is<NoSuchModule<ResNet18, "downsampel.0", DidYouMean<"downsample.0">>, On18<Lora<Modules<"downsampel.0">>>>);
static_assert(is<RewritesNothing<ResNet18, Lora<Norms>>, On18<Lora<Norms>>>);
static_assert(
    is<RewrittenTwice<ResNet18, Lora<Convs>>, On18<Lora<Convs>, Lora<Modules<"conv2">, Rank<4>>>> ||
    is<RewrittenTwice<ResNet18, Lora<Modules<"conv2">, Rank<4>>>, On18<Lora<Convs>, Lora<Modules<"conv2">, Rank<4>>>>);
static_assert(is<RewrittenTwice<ResNet18, Lora<Convs>>, On18<Lora<Convs>, Lora<Convs>>>);
static_assert(is<RankTooLarge<ResNet18, Lora<Modules<"conv2">, Rank<65>>, 64>, On18<Lora<Modules<"conv2">, Rank<65>>>>);
static_assert(is<OutOfRange<Lora<Convs, Rank<0>>>, On18<Lora<Convs, Rank<0>>>>);
static_assert(is<OutOfRange<Lora<Convs, LoraDropout<1.0>>>, On18<Lora<Convs, LoraDropout<1.0>>>>);
static_assert(is<NotAnOption<Lora<Convs, Lr<1>>, Lr<1>>, On18<Lora<Convs, Lr<1>>>>);
static_assert(is<NotASelector<Lora<int>, int>, On18<Lora<int>>>);
static_assert(is<FreezesAdapters<ResNet18, Freeze<Adapters>>, On18<Lora<Convs>, Freeze<Adapters>>>);
static_assert(is<FreezesAdapters<ResNet18, Freeze<Backbone>>, On18<Freeze<Backbone>, Lora<Convs>>>);
static_assert(is<Accepted, On18<Freeze<BaseModel>, Lora<Convs>>>);
static_assert(is<Accepted, On18<Lora<Convs>, Phases<Phase<Epochs<1>, Freeze<Adapters>>, Phase<Epochs<1>>>>>);
static_assert(
    !verdict<Finetune<ResNet18, ReplaceHead<2>, Phases<Phase<Epochs<1>, Lora<Convs>>, Phase<Epochs<1>>>>>::accepted);

struct NoSelector : AdapterTag {};
static_assert(is<LacksItsMember<NoSelector, Member::selector>, On18<NoSelector>>);
template <class S>
struct NoOn : AdapterTag {
  using selector = S;
};
template <class S>
struct OnMisspelt : AdapterTag {
  using selector = S;
  template <class Leaf>
  struct On {};
};
static_assert(is<LacksItsMember<NoOn<Norms>, Member::on_leaf>, On18<NoOn<Norms>>> &&
              is<LacksItsMember<OnMisspelt<Norms>, Member::on_leaf>, On18<OnMisspelt<Norms>>>);

}  // namespace
