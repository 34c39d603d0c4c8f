#pragma once
// What is a network with another last linear layer? A network like any other, in which only the last block differs.
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

namespace detail {

// Layer with its last linear layer replaced by Head::build, and its pooling as the head wants it.
template <class Layer, class Head>
struct Swap {
  using type = Layer;
  using linear = void;
};
template <class Head>
struct Swap<GlobalAvgPool, Head> {
  using type = std::conditional_t<Head::concatenates, GlobalConcatPool, GlobalAvgPool>;
  using linear = void;
};
template <int In, int Out, bool Bias, class Head>
struct Swap<Linear<In, Out, Bias>, Head> {
  using type = typename Head::template build<In, Bias>;
  using linear = Linear<In, Out, Bias>;
};
template <class Head, template <class...> class Make, class... Layers>
struct SwapAmong {
  static constexpr std::size_t last = [] {
    constexpr bool has[] = {false, !std::is_void_v<typename Swap<Layers, Head>::linear>...};
    std::size_t i = sizeof...(Layers);
    while (i > 0 && !has[i]) --i;
    return i;  // counted from 1; 0: none
  }();
  template <class Layer, std::size_t I>
  using one = std::conditional_t<std::is_void_v<typename Swap<Layer, Head>::linear> || I + 1 == last,
                                 typename Swap<Layer, Head>::type, Layer>;
  template <std::size_t... I>
  static Make<one<Layers, I>...> make(std::index_sequence<I...>);
  using type = decltype(make(std::index_sequence_for<Layers...>{}));
  template <std::size_t I, class First, class... Rest>
  struct LinearAt : LinearAt<I - 1, Rest...> {};
  template <class First, class... Rest>
  struct LinearAt<1, First, Rest...> {
    using type = typename Swap<First, Head>::linear;
  };
  template <std::size_t I>
  struct LinearOf : LinearAt<I, Layers...> {};
  template <std::size_t I>
  requires(I == 0) struct LinearOf<I> {
    using type = void;
  };
  using linear = typename LinearOf<last>::type;
};
template <class... Layers, class Head>
struct Swap<Seq<Layers...>, Head> : SwapAmong<Head, Seq, Layers...> {};
template <fixed_string Name>
struct MakeNamed {
  template <class... Layers>
  using named = Named<Name, Layers...>;
  template <class... Layers>
  using block = Block<Name, Layers...>;
};
template <fixed_string Name, class... Layers, class Head>
struct Swap<Named<Name, Layers...>, Head> : SwapAmong<Head, MakeNamed<Name>::template named, Layers...> {};
template <fixed_string Name, class... Layers, class Head>
struct Swap<Block<Name, Layers...>, Head> : SwapAmong<Head, MakeNamed<Name>::template block, Layers...> {};

// Only the last block changes.
template <class Head, class Done, class... Rest>
struct SwapHead;
template <class Head, class... Done, class Last>
struct SwapHead<Head, List<Done...>, Last> {
  using linear = typename Swap<Last, Head>::linear;
  using type = List<Done..., typename Swap<Last, Head>::type>;
};
template <class Head, class... Done, class First, class... Rest>
struct SwapHead<Head, List<Done...>, First, Rest...> : SwapHead<Head, List<Done..., First>, Rest...> {};

template <class Head, class... Blocks>
SwapHead<Head, List<>, Blocks...> swap_head(List<Blocks...>);
template <class Model, class Head>
using swapped_t = decltype(swap_head<Head>(typename Model::blocks{}));

struct AnyHead {
  static constexpr bool concatenates = false;
  template <int In, bool Bias>
  using build = Identity;
};
/// The last linear layer of a model's last block; void if there is none.
template <class Model>
using last_linear_t = typename swapped_t<Model, AnyHead>::linear;

}  // namespace detail

/// Base with a new head: a model like any other. Messages still name Base.
template <NetworkLike Base, class Head>
struct Adapted {
  using root = Base;
  using input = typename Base::input;
  using blocks = typename detail::swapped_t<Base, Head>::type;
  static constexpr std::size_t block_count = Base::block_count;

  /// Is a row of the table part of the new head? It stands where the old linear layer stood, at the end. (Counted
  /// within the last block: the table of Base, which nobody else asks, would take clang as long as that of the model.)
  static constexpr bool is_fresh(std::size_t row) {
    using Old = std::conditional_t<std::is_void_v<detail::last_linear_t<Base>>, Identity, detail::last_linear_t<Base>>;
    using Last = typename detail::TypeAt<block_count - 1, typename Base::blocks>::type;
    return row >= table<Adapted>.block_begin[block_count - 1] + tensor_count<typename Last::layers> - tensor_count<Old>;
  }
};

}  // namespace tuneit
