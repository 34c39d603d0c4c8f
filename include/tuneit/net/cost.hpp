#pragma once
// What does a network cost on one picture: arithmetic, and the activations that training keeps for the backward pass?
#include <array>
#include <initializer_list>
#include <string_view>

#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

namespace detail {

// Elements of a layer's weights: those whose number is known, and those for each class.
struct CountWeights final : TensorSink {
  long long elements = 0, per_class = 0;

 private:
  constexpr void add(std::string_view, Kind kind, Owner, std::initializer_list<int> dims) override {
    if (kind != Kind::Weight) return;
    long long n = 1;
    bool dynamic = false;
    for (const int d : dims) d == Dynamic ? dynamic = true : n *= d;
    (dynamic ? per_class : elements) += n;
  }
};

}  // namespace detail

/// What a layer costs: what its member `static constexpr Cost cost(Shape in, Shape out)` says; without one, each of its
/// weights (not its biases) is multiplied once for each pixel of what comes out. So a layer without weights and `cost`
/// counts nothing.
template <class Leaf>
constexpr Cost leaf_cost([[maybe_unused]] Shape in, [[maybe_unused]] Shape out) {
  if constexpr (detail::SaysCost<Leaf>) {
    return Leaf::cost(in, out);
  } else if constexpr (tensor_count<Leaf> > 0) {
    detail::CountWeights weights;
    detail::WalkTensors(weights).walk(Leaf{});
    const long long pixels = 1LL * out.height() * out.width();
    return {weights.elements * pixels, out.numel() > 0 ? out.numel() : 0, weights.per_class * pixels};
  } else {
    return {};
  }
}

namespace detail {

struct AddCost {
  Cost total{};
  WireShapes* wires = nullptr;
  template <class Leaf>
  constexpr void operator()(Leaf, Shape in, Shape out) {
    total += leaf_cost<Leaf>(in, out);
  }
};

/// Cost and output shape of each top-level block.
template <std::size_t N>
struct BlockCosts {
  std::array<Cost, N> cost{};
  std::array<Shape, N> out{};
};

template <class In, class... Blocks>
constexpr auto block_costs(List<Blocks...>, Shape in) {
  [[maybe_unused]] WireShapes wires;
  if constexpr (wired<List<Blocks...>>) put_inputs<In>(wires, side_of(in));
  BlockCosts<sizeof...(Blocks)> costs;
  std::size_t i = 0;
  const auto one = [&](auto layers) {
    AddCost add{{}, &wires};
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
  return detail::block_costs<typename Model::input>(typename Model::blocks{}, Model::input::at(side));
}

/// Cost of the whole network for one picture.
template <NetworkLike Model>
constexpr Cost cost(int side = Model::input::side) {
  Cost total;
  for (const Cost& c : block_costs<Model>(side).cost) total += c;
  return total;
}

}  // namespace tuneit
