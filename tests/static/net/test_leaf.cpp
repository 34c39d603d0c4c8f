// What leaves say of themselves, and how it reaches the table: names, kinds and owners in the order of the state dict.
#include <tuneit/recipe.hpp>

#include <string_view>
using namespace tuneit;

namespace {

struct Own : LayerTag {  // tensors of its own, without an owner and with one, and those of other layers
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("beta", Kind::Weight, {4});
    s.tensor("gain", Kind::Bias, Owner::Linear, {2, 3});
    tensors_of<Named<"mix", Linear<4, 4, false>>, Named<"turns", Repeat<1, 2, Named<"n", LayerNorm<4>>>>>(s);
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == 4); }
};
struct Net final : Network<Input<4, 1>, Block<"own", Named<"own", Own>>, Block<"head", Named<"fc", Linear<4, 3>>>> {};

constexpr const auto& t = table<Net>;

}  // namespace
static_assert(tensor_count<Own> == 7 && t.size == 9);
static_assert(t.name(0) == "own.beta" && t.rows[0].owner == Owner::Other && t.rows[0].rank == 1);
static_assert(t.name(1) == "own.gain" && t.rows[1].owner == Owner::Linear && t.rows[1].kind == Kind::Bias);
static_assert(t.rows[1].rank == 2 && t.rows[1].dims[0] == 2 && t.rows[1].dims[1] == 3);
static_assert(t.name(2) == "own.mix.weight" && t.rows[2].owner == Owner::Linear);
static_assert(t.name(3) == "own.turns.1.n.weight" && t.name(6) == "own.turns.2.n.bias");
static_assert(t.rows[3].owner == Owner::Norm && t.rows[8].block == 1);

static_assert(shape<Net>() == Shape(3) && !Own::out({5, 1, 1}).fits);
static_assert(Shape{2, 3, 4}.with_fit(true).fits && !Shape{2, 3, 4, false}.with_fit(true).fits);
static_assert(Shape{2, 3, 4}.with_fit(false).numel() == 24);

// without `cost`: each weight once for each pixel, biases nothing
static_assert(leaf_cost<Own>({4, 5, 5}, {4, 5, 5}).macs == 25 * (4 + 16 + 2 * 4));
static_assert(leaf_cost<ReLU>({4, 5, 5}, {4, 5, 5}).macs == 0 && LayerNorm<4>::cost({4, 1, 1}, {4, 1, 1}).macs == 0);

// what is kept, by what trains and what is asked for
constexpr SavedSizes kept(Facts f) { return Conv2d<4, 4, Window{3}>::saved({4, 8, 8}, {4, 6, 6}, f); }
static_assert(!kept({}).input && kept({.need = {true}}).input && kept({.trains_any = true, .trained = 1}).input);
static_assert(Dropout<0.5>::saved({4, 1, 1}, {4, 1, 1}, {.need = {true}, .batch = 3}).elements == 12);
static_assert(Dropout<0.5>::saved({4, 1, 1}, {4, 1, 1}, {.need = {true}, .live = false}).passes);
