#pragma once
// What does a network cost on one picture: arithmetic, and the activations that training keeps for the backward pass?
#include <array>
#include <concepts>
#include <initializer_list>
#include <string_view>

#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

/// Cost of one picture. MACs are multiply-accumulates of convolutions and linear layers, the count that torchvision's
/// model pages call GFLOPs. `activations` are elements kept for backward: the output of each convolution and batch norm
/// (ReLU and addition work in place), pooled maxima with their 8-byte indices counted as two more. Of a head whose
/// class count comes at run time, `macs_per_class` are those of each class.
struct Cost {
  long long macs = 0;
  long long activations = 0;
  long long macs_per_class = 0;

  [[nodiscard]] constexpr long long macs_of(int classes) const { return macs + macs_per_class * classes; }
  constexpr Cost& operator+=(const Cost& other) {
    macs += other.macs;
    activations += other.activations;
    macs_per_class += other.macs_per_class;
    return *this;
  }
};

namespace detail {

// Elements of a layer's weights: those whose number is known, and those for each class.
struct CountWeights {
  long long elements = 0, per_class = 0;

  constexpr void tensor(std::string_view, Kind kind, Owner, std::initializer_list<int> dims) {
    if (kind != Kind::Weight) return;
    long long n = 1;
    bool dynamic = false;
    for (const int d : dims) d == Dynamic ? dynamic = true : n *= d;
    (dynamic ? per_class : elements) += n;
  }
  constexpr int enter(const char*, std::size_t) { return 0; }
  constexpr int enter(int) { return 0; }
  constexpr void leave(int) {}
};

/// A layer that says what it costs by a member.
template <class Leaf>
concept SaysCost = requires(Shape s) {
  { Leaf::cost(s, s) } -> std::same_as<Cost>;
};

}  // namespace detail

/// What a layer costs of which nothing else is known here: what its member `static constexpr Cost cost(Shape in, Shape
/// out)` says; without one, each of its weights (not its biases) is multiplied once for each pixel of what comes out.
/// So a layer without weights and `cost` counts nothing. An overload of leaf_cost in its namespace does as well.
template <class Leaf>
constexpr Cost leaf_cost([[maybe_unused]] Leaf leaf, [[maybe_unused]] Shape in, [[maybe_unused]] Shape out) {
  if constexpr (detail::SaysCost<Leaf>) {
    return Leaf::cost(in, out);
  } else if constexpr (tensor_count<Leaf> > 0) {
    detail::CountWeights weights;
    walk_tensors(leaf, weights);
    const long long pixels = 1LL * out.height * out.width;
    return {weights.elements * pixels, out.numel() > 0 ? out.numel() : 0, weights.per_class * pixels};
  } else {
    return {};
  }
}
template <int In, int Out, Window W, bool Bias>
constexpr Cost leaf_cost(Conv2d<In, Out, W, Bias>, Shape, Shape out) {
  return {out.numel() * (In / W.groups) * W.kernel * W.kernel, out.numel()};
}
template <int C, NormOptions O>
constexpr Cost leaf_cost(BatchNorm2d<C, O>, Shape, Shape out) {
  return {0, out.numel()};
}
template <int In, int Out, bool Bias>
constexpr Cost leaf_cost(Linear<In, Out, Bias>, Shape, Shape) {
  if constexpr (Out == Dynamic)
    return {0, 0, In};
  else
    return {1LL * In * Out, Out};
}
template <Window W>
constexpr Cost leaf_cost(MaxPool2d<W>, Shape, Shape out) {
  return {0, 3 * out.numel()};
}
constexpr Cost leaf_cost(GlobalAvgPool, Shape, Shape out) { return {0, out.numel()}; }
constexpr Cost leaf_cost(GlobalConcatPool, Shape in, Shape out) { return {0, in.numel() + out.numel()}; }
template <int H, int W>
constexpr Cost leaf_cost(AdaptiveAvgPool2d<H, W>, Shape in, Shape out) {
  return {0, in == out ? 0 : out.numel()};
}
constexpr Cost leaf_cost(Flatten, Shape, Shape out) { return {0, out.numel()}; }

namespace detail {

struct AddCost {
  Cost total{};
  template <class Leaf>
  constexpr void operator()(Leaf leaf, Shape in, Shape out) {
    total += leaf_cost(leaf, in, out);
  }
};

/// Cost and output shape of each top-level block.
template <std::size_t N>
struct BlockCosts {
  std::array<Cost, N> cost{};
  std::array<Shape, N> out{};
};

template <class... Blocks>
constexpr auto block_costs(List<Blocks...>, Shape in) {
  BlockCosts<sizeof...(Blocks)> costs;
  std::size_t i = 0;
  const auto one = [&](auto layers) {
    AddCost add;
    in = trace(layers, in, add);
    costs.cost[i] = add.total;
    costs.out[i++] = in;
  };
  (one(typename Blocks::layers{}), ...);
  return costs;
}

}  // namespace detail

/// Cost and output shape of each top-level block for one picture of side x side pixels.
template <NetworkLike Model>
constexpr auto block_costs(int side = Model::input::side) {
  return detail::block_costs(typename Model::blocks{}, Shape{Model::input::channels, side, side});
}

/// Cost of the whole network for one picture.
template <NetworkLike Model>
constexpr Cost cost(int side = Model::input::side) {
  Cost total;
  for (const Cost& c : block_costs<Model>(side).cost) total += c;
  return total;
}

}  // namespace tuneit
