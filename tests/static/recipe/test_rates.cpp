// Rates by layer and by group, and the three conventions of weight decay.
#include "../tiny.hpp"
using namespace tuneit;

constexpr bool near(double a, double b) { return (a < b ? b - a : a - b) <= 1e-14; }
template <class... Policies>
using T = Finetune<Tiny, Policies...>;
template <class R>
constexpr double rate(std::size_t i) {
  return plan<R>.rows[i].lr_scale;
}
template <class Expected, class... Policies>
inline constexpr bool tiny_is = std::is_same_v<verdict<Finetune<Tiny, Policies...>>, Expected>;

// layers: the stem, three turns of the Repeat, the head
static_assert(table<Tiny>.rows[0].depth == 0 && table<Tiny>.rows[5].depth == 0 && table<Tiny>.rows[6].depth == 1 &&
              table<Tiny>.rows[8].depth == 3 && table<Tiny>.rows[9].depth == 4 && table<Tiny>.rows[10].depth == 4);
// ... of ResNet-152: the stem, 3 + 8 + 36 + 3 blocks, the head
static_assert(table<ResNet152>.rows[table<ResNet152>.size - 1].depth == 51);
// ... inner Repeats do not count, what stands before the turns is a layer, what stands after them belongs to the last
struct Pair {
  using layers = Seq<Named<"m", Repeat<0, 2, Named<"c", Conv2d<4, 4, Window{1}>>>>>;
};
struct Deep final : Network<Input<3, 8>, Block<"stem", ReLU>,
                            Block<"body", Named<"p", Conv2d<3, 4, Window{1}>>, Named<"b", Repeat<0, 2, Pair>>,
                                  Named<"n", BatchNorm2d<4>>>,
                            Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};
constexpr bool layers_of_deep() {
  constexpr int expected[] = {0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3};
  for (std::size_t i = 0; i < table<Deep>.size; ++i)
    if (table<Deep>.rows[i].depth != expected[i]) return false;
  return table<Deep>.size == 12;
}
static_assert(layers_of_deep(), "a block without tensors does not count");

using Decayed = T<LayerDecay<0.5>>;
static_assert(rate<Decayed>(10) == 1 && rate<Decayed>(8) == 0.5 && rate<Decayed>(7) == 0.25 &&
              rate<Decayed>(6) == 0.125 && rate<Decayed>(0) == 0.0625);
using ByBlocks = T<LayerDecay<0.5, PerBlock>, LrScale<Head, 4>>;
static_assert(rate<ByBlocks>(10) == 4 && rate<ByBlocks>(8) == 0.5 && rate<ByBlocks>(6) == 0.5 &&
              rate<ByBlocks>(0) == 0.25);
static_assert(rate<T<LayerDecay<0.5, PerLayer, 0.2>>>(0) == 0.2 && rate<T<LayerDecay<0.5, PerLayer, 0.2>>>(7) == 0.25);

using Sliced = T<DiscriminativeRates<1e-2, Layers<0, 1>, Layers<1, 2>, Head>>;
static_assert(near(rate<Sliced>(0), 0.01) && near(rate<Sliced>(7), 0.1) && rate<Sliced>(9) == 1);
static_assert(rate<T<DiscriminativeRates<0.5, Layer<"a">, Head>>>(3) == 1, "what is in no group keeps its rate");
static_assert(rate<T<TenthBelow<>>>(8) == 0.1 && rate<T<TenthBelow<>>>(9) == 1);

// numbers can be changed at run time
static_assert([] {
  auto values = detail::default_values<Sliced::parts>;
  values[0] = 0.25;
  return near(detail::make_plan<Sliced::parts, 0>(values.data()).rows[7].lr_scale, 0.5);
}());

// the three conventions on a network with a batch norm called n: 1 n.weight, 2 n.bias, 10 fc.bias
template <class R>
constexpr unsigned undecayed() {
  unsigned bits = 0;
  for (unsigned i = 0; i < 11; ++i) bits |= unsigned{plan<R>.rows[i].decay_scale == 0} << i;
  return bits;
}
static_assert(undecayed<T<NoDecayLike<Transformers>>>() == (1u << 2 | 1u << 10));
static_assert(undecayed<T<NoDecayLike<Torchvision>>>() == (1u << 1 | 1u << 2));
static_assert(undecayed<T<NoDecayLike<Timm>>>() == (1u << 1 | 1u << 2 | 1u << 10));
// ... and the patterns of transformers
constexpr bool by_name(std::string_view name) {
  return detail::contains(name.data(), name.size(), "bias") ||
         detail::contains(name.data(), name.size(), "layernorm") ||
         detail::has_norm_component(name.data(), name.size());
}
static_assert(by_name("encoder.LayerNorm.weight") && by_name("norm.weight") && by_name("blocks.0.q_norm.weight") &&
              by_name("a.norm") && by_name("relative_attention_bias.weight"));
static_assert(!by_name("blocks.0.norm1.weight") && !by_name("normal.weight") && !by_name("abnorm.weight") &&
              !by_name("bn1.weight"));

// refusals
static_assert(tiny_is<OutOfRange<LayerDecay<0>>, LayerDecay<0>> &&
              tiny_is<OutOfRange<LayerDecay<1.5>>, LayerDecay<1.5>>);
static_assert(tiny_is<ScalesFrozen<Tiny, LayerDecay<0.5>>, Freeze<Backbone>, LayerDecay<0.5>>);
using Overlap = DiscriminativeRates<0.1, Layers<0, 2>, Norms, Head>;
static_assert(tiny_is<GroupsOverlap<Tiny, Layers<0, 2>, Norms>, Overlap>);
static_assert(tiny_is<OutOfRange<DiscriminativeRates<0.1, Head>>, DiscriminativeRates<0.1, Head>>);
static_assert(tiny_is<OutOfRange<DiscriminativeRates<0, Backbone, Head>>, DiscriminativeRates<0, Backbone, Head>>);
static_assert(tiny_is<NotASelector<DiscriminativeRates<0.1, int, Head>, int>, DiscriminativeRates<0.1, int, Head>>);
static_assert(tiny_is<ScalesFrozen<Tiny, NoDecayLike<Torchvision>>, Freeze<Backbone>, NoDecayLike<Torchvision>>);
static_assert(tiny_is<NotAnOption<NoDecayLike<Head>, Head>, NoDecayLike<Head>>);
