#pragma once
// How leaves are put together: sequence, name, repetition, residual. And the network: a flat list of named blocks.
#include <concepts>
#include <cstddef>
#include <utility>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/net/leaf.hpp"

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

/// Images of so many channels, and their usual height and width in pixels. A side that is given at run time is the
/// height; the width keeps its ratio to it.
template <int Channels, int Height, int Width = Height>
struct Image {
  static constexpr int channels = Channels, side = Height;
  static constexpr Shape at(int height) {
    const int width = Height == Width ? height : static_cast<int>(1LL * height * Width / Height);
    return Height == 1 && Width == 1 && height == 1 ? Shape(Channels) : Shape(Channels, height, width);
  }
};
/// Texts as indices of tokens, T at most: [N, t], int64, t from 1 to T. What is asked of a network for a side is asked
/// of a text for t, `memory<R>(batch, t)`, where it flows in first.
template <fixed_string Name, int T>
struct Tokens {
  static constexpr auto name = Name;
  static constexpr int channels = T, side = T;
  static constexpr bool of_tokens = true;
  static constexpr Shape at(int tokens) { return Shape(tokens).of(ElementType::Index); }
};
/// Which of the tokens are there: [N, t], bool, as many as flow in first.
template <fixed_string Name, int T>
struct MaskInput {
  static constexpr auto name = Name;
  static constexpr int channels = T, side = T;
  static constexpr bool of_tokens = true;
  static constexpr Shape at(int tokens) { return Shape(tokens).of(ElementType::Truth); }
};
/// A vector of numbers of each sample beside what flows: [N, C].
template <fixed_string Name, int C>
struct VectorInput {
  static constexpr auto name = Name;
  static constexpr int channels = C, side = 1;
  static constexpr Shape at(int) { return Shape(C); }
};

/// Images beside those that flow: [N, C, H, W].
template <fixed_string Name, int Channels, int Height, int Width = Height>
struct ImageInput : Image<Channels, Height, Width> {
  static constexpr auto name = Name;
};

namespace detail {

template <class In>
inline constexpr bool takes_tokens = false;
template <class In>
requires requires { In::of_tokens; }
inline constexpr bool takes_tokens<In> = true;

/// What an input behind the first is like where the first has this side: as many tokens as that one, or pixels.
/// Tokens beside pictures, and those of which there are another number at most, are always as many.
template <class First, class Other>
constexpr Shape input_beside(int side) {
  constexpr bool own =
      takes_tokens<First> != takes_tokens<Other> || (takes_tokens<Other> && First::side != Other::side);
  return Other::at(own ? Other::side : side);
}
/// The side that was given of what flows in, or between blocks: its height, or how many tokens there are.
constexpr int side_of(Shape x) { return x.rank == 1 && x.dtype != ElementType::Number ? x.dims[0] : x.height(); }

}  // namespace detail

/// What a network is given: the first flows into its first block, the others lie on wires of their names.
template <class First, class... Others>
struct Inputs {
  using first = First;
  using others = List<Others...>;
  static constexpr int channels = First::channels, side = First::side;
  static constexpr Shape at(int given_side) { return First::at(given_side); }
};

/// The image a network is made for: channels, and the usual side in pixels.
template <int Channels, int Side>
struct Input {  // Inputs<Image<Channels, Side>>, in a single type
  using first = Image<Channels, Side>;
  using others = List<>;
  static constexpr int channels = Channels, side = Side;
  static constexpr Shape at(int given) {
    return Side == 1 && given == 1 ? Shape(Channels) : Shape(Channels, given, given);
  }
};

/// A network is its input and a flat list of blocks; the last block is the head. Models are strong structs derived
/// from it, never aliases, so that messages say `ResNet18`.
template <class In, class... Blocks>
struct Network {
  using input = In;
  using blocks = List<Blocks...>;
  static constexpr std::size_t block_count = sizeof...(Blocks);
};

/// Count top-level blocks of one type, `Prefix.0`, `Prefix.1`, ..., which is also how their tensors are called: each is
/// frozen, paced and counted as a block, and all are one instantiation. A wire that is saved within is its block's own.
template <fixed_string Prefix, int Count, class Layer>
struct Blocks {};

namespace detail {

template <class B>
inline constexpr bool is_blocks = false;
template <fixed_string Prefix, int Count, class Layer>
inline constexpr bool is_blocks<Blocks<Prefix, Count, Layer>> = true;

template <fixed_string Prefix, int I>
consteval auto make_numbered_name() {
  constexpr auto number = number_name<I>;
  char text[Prefix.size() + number.size() + 2]{};
  for (std::size_t i = 0; i < Prefix.size(); ++i) text[i] = Prefix.chars[i];
  text[Prefix.size()] = '.';
  for (std::size_t i = 0; i < number.size(); ++i) text[Prefix.size() + 1 + i] = number.chars[i];
  return fixed_string<Prefix.size() + number.size() + 2>(text);
}
template <fixed_string Prefix, int I>
inline constexpr auto numbered_name = make_numbered_name<Prefix, I>();

template <class B>
struct SpreadBlocks {
  using type = List<B>;
};
template <fixed_string Prefix, int Count, class Layer>
struct SpreadBlocks<Blocks<Prefix, Count, Layer>> {
  template <int... I>
  static List<Block<numbered_name<Prefix, I>, Named<Prefix, Repeat<I, 1, Layer>>>...> all(
      std::integer_sequence<int, I...>);
  using type = decltype(all(std::make_integer_sequence<int, Count>{}));
};
template <class Done, class... Lists>
struct SpreadAll {
  using type = Done;
};
template <class... Done, class... More, class... Rest>
struct SpreadAll<List<Done...>, List<More...>, Rest...> : SpreadAll<List<Done..., More...>, Rest...> {};

}  // namespace detail

template <class In, class... Bs>
requires(detail::is_blocks<Bs> || ...) struct Network<In, Bs...> {
  using input = In;
  using blocks = typename detail::SpreadAll<List<>, typename detail::SpreadBlocks<Bs>::type...>::type;
  static constexpr std::size_t block_count = blocks::size;
};

template <class M>
concept NetworkLike = requires {
  typename M::input;
  typename M::blocks;
  { M::block_count } -> std::convertible_to<std::size_t>;
};

}  // namespace tuneit
