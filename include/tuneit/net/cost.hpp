#pragma once
// What does a network cost on one picture: arithmetic, and the activations that training keeps for the backward pass?
#include <array>

#include "tuneit/net/shape.hpp"

namespace tuneit {

/// Cost of one picture. MACs are multiply-accumulates of convolutions and linear layers, the count that torchvision's
/// model pages call GFLOPs. `activations` are elements kept for backward: the output of each convolution and batch norm
/// (ReLU and addition work in place), pooled maxima with their 8-byte indices counted as two more.
struct Cost {
  long long macs = 0;
  long long activations = 0;

  constexpr Cost& operator+=(const Cost& other) {
    macs += other.macs;
    activations += other.activations;
    return *this;
  }
};

template <class Leaf>
constexpr Cost leaf_cost(Leaf, Shape, Shape) {
  return {};
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
  return {Out == Dynamic ? 0 : 1LL * In * Out, Out == Dynamic ? 0 : Out};
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
