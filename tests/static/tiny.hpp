#pragma once
// A network of three blocks for tests of policies: small enough that its whole table fits in one's head.
//   0 a.weight [4,3,3,3]  1 n.weight  2 n.bias  3 n.running_mean  4 n.running_var  5 n.num_batches_tracked   (stem)
//   6 b.0.c.weight [4,4,1,1]  7 b.1.c.weight  8 b.2.c.weight                                                 (body)
//   9 fc.weight [10,4]  10 fc.bias [10]                                                                      (head)
#include <tuneit/recipe.hpp>

struct TinyBlock {
  using layers = tuneit::Seq<tuneit::Named<"c", tuneit::Conv2d<4, 4, tuneit::Window{1}>>, tuneit::ReLU>;
};
struct Tiny final
    : tuneit::Network<tuneit::Input<3, 8>,
                      tuneit::Block<"stem", tuneit::Named<"a", tuneit::Conv2d<3, 4, tuneit::Window{3, 1, 1}>>,
                                    tuneit::Named<"n", tuneit::BatchNorm2d<4>>, tuneit::ReLU>,
                      tuneit::Block<"body", tuneit::Named<"b", tuneit::Repeat<0, 3, TinyBlock>>>,
                      tuneit::Block<"head", tuneit::GlobalAvgPool, tuneit::Named<"fc", tuneit::Linear<4, 10>>>> {};

/// The rows that a selector selects, as bits.
template <class S, class Model = Tiny>
constexpr unsigned rows() {
  unsigned bits = 0;
  for (unsigned i = 0; i < 11; ++i) bits |= unsigned{tuneit::mask<Model, S>.at[i]} << i;
  return bits;
}
constexpr unsigned from_to(unsigned first, unsigned last) { return ((1u << last) - 1) & ~((1u << first) - 1); }
