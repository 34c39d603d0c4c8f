// Selectors: what each selects of a network whose table is known.
#include "../tiny.hpp"
using namespace tuneit;

static_assert(table<Tiny>.size == 11);
static_assert(table<Tiny>.name(8) == "b.2.c.weight" && table<Tiny>.rows[8].block == 1);

static_assert(rows<All>() == from_to(0, 11));
static_assert(rows<Head>() == from_to(9, 11));
static_assert(rows<Backbone>() == from_to(0, 9));
static_assert(rows<Layers<0, 1>>() == from_to(0, 6));
static_assert(rows<Layers<0, 2>>() == rows<Backbone>());
static_assert(rows<Layers<1, 3>>() == from_to(6, 11));
static_assert(rows<Norms>() == from_to(1, 6));
static_assert(rows<Biases>() == (1u << 2 | 1u << 10));
static_assert(rows<Weights>() == (1u << 0 | 1u << 1 | from_to(6, 10)));

// by name: a module, a tensor, a block; whole components only
static_assert(rows<Layer<"b.1">>() == 1u << 7);
static_assert(rows<Layer<"fc.bias">>() == 1u << 10);
static_assert(rows<Layer<"stem">>() == from_to(0, 6));
static_assert(rows<Layer<"n", "b.0">>() == from_to(1, 7));
static_assert(!mask<ResNet152, Layer<"layer3.1">>.at[0]);
constexpr int count(auto const& m) {
  int n = 0;
  for (bool b : m.at) n += b;
  return n;
}
static_assert(count(mask<ResNet152, Layer<"layer3.1">>) == 18, "layer3.1 is not layer3.10 to layer3.19");

// globs
static_assert(rows<Match<"*">>() == rows<All>());
static_assert(rows<Match<"b.?.c.weight">>() == from_to(6, 9));
static_assert(rows<Match<"b.[0-1].*">>() == from_to(6, 8));
static_assert(rows<Match<"b.[!0]*">>() == from_to(7, 9));
static_assert(rows<Match<"*.bias">>() == rows<Biases>());
static_assert(rows<Match<"n.*weight">>() == 1u << 1);
static_assert(count(mask<ResNet18, Match<"layer[34].*.bn?.weight">>) == 8);

// algebra, and its laws
static_assert(rows<Except<Head>>() == rows<Backbone>());
static_assert(rows<Union<Norms, Biases>>() == (rows<Norms>() | rows<Biases>()));
static_assert(rows<Intersect<Norms, Biases>>() == 1u << 2);
static_assert(rows<Except<Except<Norms>>>() == rows<Norms>());
static_assert(rows<Except<Union<Norms, Head>>>() == rows<Intersect<Except<Norms>, Except<Head>>>(), "De Morgan");

// a selector of one's own
struct EverySecond : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return row % 2 == 0;
  }
};
static_assert(rows<EverySecond>() == 0b10101010101);
static_assert(rows<Intersect<EverySecond, Head>>() == 1u << 10);
