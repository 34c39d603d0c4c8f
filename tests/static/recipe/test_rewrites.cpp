// Networks that rules have changed: laws of their tables, what may be composed, what is refused.
#include <tuneit/recipe.hpp>

#include "../verdicts.hpp"

namespace {

using namespace tuneit;

// Rows with a base keep name, shape, kind and block, and their order; all others are fresh.
template <class M>
constexpr bool lawful() {
  using Old = typename M::before_rewrites;
  std::int32_t last = -1;
  for (std::size_t i = 0; i < table<M>.size; ++i) {
    const TensorRow& row = table<M>.rows[i];
    if (row.base < 0) {
      if (!M::is_fresh(i)) return false;
      continue;
    }
    const auto b = static_cast<std::size_t>(row.base);
    const TensorRow& old = table<Old>.rows[b];
    if (row.base <= last || table<M>.name(i) != table<Old>.name(b) || row.block != old.block || row.kind != old.kind ||
        row.owner != old.owner || row.rank != old.rank || row.depth != old.depth)
      return false;
    for (int d = 0; d < row.rank; ++d)
      if (row.dims[d] != old.dims[d]) return false;
    last = row.base;
  }
  return true;
}
template <class M>
constexpr std::size_t find(std::string_view name) {
  for (std::size_t i = 0; i < table<M>.size; ++i)
    if (table<M>.name(i) == name) return i;
  return table<M>.size;
}
template <class M>
constexpr std::int64_t added() {
  std::int64_t n = 0;
  for (const TensorRow& row : table<M>.rows) n += row.base < 0 ? row.numel() : 0;
  return n;
}

// --- a plain network: each row is its own
static_assert([] {
  for (std::size_t i = 0; i < table<ResNet18>.size; ++i)
    if (table<ResNet18>.rows[i].base != static_cast<std::int32_t>(i)) return false;
  return true;
}());

// --- LoRA beside all 3x3 convolutions of ResNet-18
using Convs = Modules<"conv1", "conv2">;
using InBlocks = Intersect<Convs, Layers<1, 5>>;
using Low = Finetune<ResNet18, ReplaceHead<10>, Lora<InBlocks, Rank<8>, Alpha<16>>>;
static_assert((is<Accepted, Low>));
static_assert(lawful<Low::model>() && std::is_same_v<Low::model::root, ResNet18>);
static_assert(table<Low::model>.size == table<ResNet18>.size + 2 * 16);
static_assert(table<Low::model>.rows[find<Low::model>("layer1.0.conv1.lora_A.weight")].dims[2] == 3);
static_assert(table<Low::model>.rows[find<Low::model>("layer2.0.conv1.lora_B.weight")].dims[0] == 128);
static_assert(trainable_parameters<Low> == added<Low::model>() + 5130);
static_assert(plan<Low>.rows[find<Low::model>("bn1.running_mean")].frozen &&
              !plan<Low>.rows[find<Low::model>("bn1.running_mean")].batch_statistics);
static_assert(plan<Low>.rows[find<Low::model>("layer1.0.conv1.lora_A.weight")].starts_from == Origin::Fresh);

// --- one turn of a Repeat: it is cut, names go on
using Cut = Rewritten<ResNet152, Lora<Layer<"layer3.17.conv2">, Rank<4>>>;
static_assert(lawful<Cut>() && table<Cut>.size == table<ResNet152>.size + 2);
static_assert(find<Cut>("layer3.17.conv2.lora_A.weight") < find<Cut>("layer3.18.conv1.weight"));

// --- what holds nothing that is chosen stays the type it was; equal blocks are rewritten once
using Deep = Rewritten<ResNet152, Lora<Intersect<Modules<"conv2">, Layers<1, 5>>, Rank<4>>>;
static_assert(lawful<Deep>());
static_assert(std::is_same_v<detail::TypeAt<0, Deep::blocks>::type, detail::TypeAt<0, ResNet152::blocks>::type>);

// --- rules compose, ours and others'
template <int C>
struct Slope : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("slope", Kind::Weight, FirstValues::Ones, {C});
  }
  using out = SameShape;
};
template <class S>
struct Swished : RewriteTag {
  using selector = S;
  template <class Leaf>
  struct on {
    using type = Leaf;
  };
};
template <class S>
template <int C, NormOptions O>
struct Swished<S>::on<BatchNorm2d<C, O>> {
  using type = Seq<BatchNorm2d<C, O>, Named<"swish", Slope<C>>>;
};

using Both = Finetune<ResNet18, ReplaceHead<10>, Lora<Convs>, Swished<Layer<"layer4">>>;
static_assert(is<Accepted, Both> && lawful<Both::model>());
static_assert(table<Both::model>.size == table<ResNet18>.size + 2 * 17 + 5);
static_assert(table<Both::model>.rows[find<Both::model>("layer4.0.bn1.swish.slope")].base == -1);
static_assert(plan<Both>.rows[find<Both::model>("layer4.0.bn1.weight")].frozen &&
              !plan<Both>.rows[find<Both::model>("layer4.0.bn1.swish.slope")].frozen);
using Swapped = Finetune<ResNet18, Swished<Layer<"layer4">>, Lora<Convs>, ReplaceHead<10>>;
static_assert(is<Accepted, Swapped> && table<Swapped::model>.size == table<Both::model>.size);

// A leaf that is no longer there: its rows are gone, what comes after keeps its own.
template <class S>
struct Grouped : RewriteTag {
  using selector = S;
  template <class Leaf>
  struct on {};
  template <int C, NormOptions O>
  struct on<BatchNorm2d<C, O>> {
    using type = GroupNorm<C / 8, C>;
  };
};
using InGroups = Rewritten<ResNet18, Grouped<Norms>>;
static_assert(lawful<InGroups>() && table<InGroups>.size == table<ResNet18>.size - 3 * 20);
static_assert(table<InGroups>.rows[find<InGroups>("fc.weight")].base ==
              static_cast<std::int32_t>(table<ResNet18>.size) - 2);

// What stands in its place is new, but where the rule says that it keeps the values; then it is as if loaded.
template <class S>
struct Kept : Grouped<S> {
  static constexpr bool keeps_values = true;
};
template <class R>
constexpr Origin origin_of(std::string_view name) {
  return plan<R>.rows[find<typename R::model>(name)].starts_from;
}
static_assert(origin_of<Finetune<ResNet18, Grouped<Norms>>>("bn1.weight") == Origin::Fresh);
static_assert(origin_of<Finetune<ResNet18, Kept<Norms>>>("bn1.weight") == Origin::Pretrained);
using KeptLow = Finetune<ResNet18, ReplaceHead<10>, Kept<Norms>, Lora<Convs>>;
static_assert(is<Accepted, KeptLow> && origin_of<KeptLow>("layer1.0.bn1.bias") == Origin::Pretrained &&
              origin_of<KeptLow>("layer1.0.conv1.lora_A.weight") == Origin::Fresh &&
              origin_of<KeptLow>("fc.weight") == Origin::Fresh);

// --- selectors
static_assert([] {
  const auto& m = mask<Low::model, Adapters>;
  const auto& b = mask<Low::model, BaseModel>;
  std::size_t adapters = 0, base = 0;
  for (std::size_t i = 0; i < table<Low::model>.size; ++i) adapters += m.at[i], base += b.at[i];
  return adapters == 32 && base == table<ResNet18>.size - 2;
}());
static_assert(mask<ResNet18, Modules<"0">>.any() && mask<ResNet18, Modules<"downsample.0">>.any() &&
              mask<ResNet18, Modules<"layer4.1.conv2">>.any() && !mask<ResNet18, Modules<"onv2">>.any() &&
              !mask<ResNet18, Modules<"layer4">>.any());
using Faster = Finetune<ResNet18, ReplaceHead<10>, Lora<Convs>, LrScale<Match<"*.lora_B.*">, 16>>;
static_assert(is<Accepted, Faster>);

}  // namespace
