#pragma once
// How leaves are put together: sequence, name, repetition, residual. And the network: a flat list of named blocks.
#include <concepts>
#include <cstddef>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"

namespace tuneit {

/// One after the other.
template <class... Layers>
struct Seq {};

/// Layers whose tensors are called `Name.`...: a module of the state dict.
template <fixed_string Name, class... Layers>
struct Named {};

/// The same block Count times, called `First.`, `First + 1.`, ... One type, instantiated once: depth costs no compile
/// time.
template <int First, int Count, class Block>
struct Repeat {};

/// body(x) + shortcut(x). In the state dict the body comes first.
template <class Body, class Shortcut>
struct Residual {};

/// A type of one's own made of other layers: `struct BasicBlock { using layers = Seq<...>; };`. Its name stays short in
/// symbols.
template <class L>
concept Composite = requires {
  typename L::layers;
};

/// A top-level block: what `Layers<First, Last>` counts and a plan's table lists. Name is for people (and for
/// `Layer<"...">`); it adds nothing to the names of the tensors.
template <fixed_string Name, class... Layers>
struct Block {
  using layers = Seq<Layers...>;
  static constexpr auto name = Name;
};

/// The picture a network is made for: channels, and the usual side in pixels.
template <int Channels, int Side>
struct Input {
  static constexpr int channels = Channels;
  static constexpr int side = Side;
};

/// A network is its input and a flat list of blocks; the last block is the head. Models are strong structs derived
/// from it, never aliases, so that messages say `ResNet18`.
template <class In, class... Blocks>
struct Network {
  using input = In;
  using blocks = List<Blocks...>;
  static constexpr std::size_t block_count = sizeof...(Blocks);
};

template <class M>
concept NetworkLike = requires {
  typename M::input;
  typename M::blocks;
  { M::block_count } -> std::convertible_to<std::size_t>;
};

}  // namespace tuneit
