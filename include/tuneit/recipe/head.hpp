#pragma once
// A new head: the model of a recipe is the network with its last linear layer changed to another class count, or to a
// small network of its own.
#include "tuneit/recipe/initialisers.hpp"
#include "tuneit/recipe/judge_selector.hpp"
#include "tuneit/recipe/rates.hpp"

namespace tuneit {

namespace slots {
struct Head {};
}  // namespace slots

// What may stand before the last linear layer of a new head, in order: Dropout<P>, and
template <int Width, bool Bias = true>
struct Hidden {};    ///< a linear layer to Width and ReLU
struct HeadNorm {};  ///< a batch norm (torch's BatchNorm1d)
// What else may be said of it:
struct ConcatPool {};  ///< the pooling before the head gives maximum and mean, twice as many numbers (fastai's)
struct NoBias {};      ///< the last linear layer has no bias

namespace detail {

// The name of the I-th module of a torch.nn.Sequential.
template <int I>
constexpr auto number_name() {
  constexpr char text[] = {static_cast<char>(I < 10 ? '0' + I : '0' + I / 10), static_cast<char>('0' + I % 10)};
  if constexpr (I < 10)
    return fixed_string<2>(text, 1);
  else
    return fixed_string<3>(text, 2);
}

// What an option makes of `In` numbers: modules, and how many numbers come out. The default is no module.
template <class Option, int In>
struct HeadPart {
  using modules = List<>;
  static constexpr int out = In;
};
template <auto P, int In>
struct HeadPart<Dropout<P>, In> {
  using modules = List<Dropout<P>>;
  static constexpr int out = In;
};
template <int Width, bool Bias, int In>
struct HeadPart<Hidden<Width, Bias>, In> {
  using modules = List<Linear<In, Width, Bias>, ReLU>;
  static constexpr int out = Width;
};
template <int In>
struct HeadPart<HeadNorm, In> {
  using modules = List<BatchNorm2d<In>>;
  static constexpr int out = In;
};

template <class Done, int In, int K, bool Bias, class... Options>
struct HeadModules;
template <class... Done, int In, int K, bool Bias>
struct HeadModules<List<Done...>, In, K, Bias> {
  using type = List<Done..., Linear<In, K, Bias>>;
};
template <class... Done, int In, int K, bool Bias, class Option, class... Rest>
struct HeadModules<List<Done...>, In, K, Bias, Option, Rest...> {
  template <class... New>
  static List<Done..., New...> put(List<New...>);
  using part = HeadPart<Option, In>;
  using type = typename HeadModules<decltype(put(typename part::modules{})), part::out, K, Bias, Rest...>::type;
};

// One module keeps the name of the layer it replaces; several are numbered within it, as a torch.nn.Sequential does.
template <class Modules, class Indices>
struct Numbered;
template <class Only>
struct Numbered<List<Only>, std::index_sequence<0>> {
  using type = Only;
};
template <class... Modules, std::size_t... I>
struct Numbered<List<Modules...>, std::index_sequence<I...>> {
  using type = Seq<Named<number_name<static_cast<int>(I)>(), Modules>...>;
};

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

/// The last linear layer of a model's last block; void if there is none.
struct AnyHead {
  static constexpr bool concatenates = false;
  template <int In, bool Bias>
  using build = Identity;
};
template <class Model>
using last_linear_t = typename swapped_t<Model, AnyHead>::linear;

}  // namespace detail

/// Base with a new head: a model like any other. Messages still name Base.
template <NetworkLike Base, class Head>
struct Adapted {
  using origin = Base;
  using input = typename Base::input;
  using blocks = typename detail::swapped_t<Base, Head>::type;
  static constexpr std::size_t block_count = Base::block_count;

  /// Is a row of the table part of the new head? It stands where the old linear layer stood, at the end.
  static constexpr bool is_fresh(std::size_t row) {
    using Old = std::conditional_t<std::is_void_v<detail::last_linear_t<Base>>, Identity, detail::last_linear_t<Base>>;
    return row + tensor_count<Old> >= table<Base>.size;
  }
};

namespace detail {

template <class T>
struct IsInitialiser {
  static constexpr bool value = std::is_base_of_v<InitialiserTag, T>;
};
template <class Option>
inline constexpr bool is_head_option = IsInitialiser<Option>::value;
template <auto P>
inline constexpr bool is_head_option<Dropout<P>> = true;
template <int Width, bool Bias>
inline constexpr bool is_head_option<Hidden<Width, Bias>> = true;
template <>
inline constexpr bool is_head_option<HeadNorm> = true;
template <>
inline constexpr bool is_head_option<ConcatPool> = true;
template <>
inline constexpr bool is_head_option<NoBias> = true;

template <class Option>
inline constexpr bool head_number_fits = true;
template <auto P>
inline constexpr bool head_number_fits<Dropout<P>> = P >= 0 && P < 1;
template <int Width, bool Bias>
inline constexpr bool head_number_fits<Hidden<Width, Bias>> = Width >= 1;
template <auto Std>
inline constexpr bool head_number_fits<TruncatedNormal<Std>> = Std > 0;

template <class Head, class Option>
struct JudgeHeadOption : Demand<is_head_option<Option>, NotAnOption<Head, Option>> {};

template <class L>
inline constexpr bool pools = false;
template <>
inline constexpr bool pools<GlobalConcatPool> = true;
template <class... Ls>
inline constexpr bool pools<Seq<Ls...>> = (pools<Ls> || ...);
template <fixed_string Name, class... Ls>
inline constexpr bool pools<Named<Name, Ls...>> = (pools<Ls> || ...);
template <fixed_string Name, class... Ls>
inline constexpr bool pools<Block<Name, Ls...>> = (pools<Ls> || ...);
template <class... Ls>
inline constexpr bool pools<List<Ls...>> = (pools<Ls> || ...);

}  // namespace detail

/// The last linear layer is replaced by one with K classes (K >= 1, or Dynamic: given at run time). Options, in order:
/// what stands before it (Dropout<P>, Hidden<Width>, HeadNorm), ConcatPool, NoBias, and how new linear layers start
/// (DefaultInit, XavierUniform, ...). Its tensors are the only ones that a file of weights need not have. With modules
/// before the last layer the head is numbered as a torch.nn.Sequential: fc.0, fc.1, ...
template <int K, class... Options>
struct ReplaceHead : PolicyTag {
  using slot = slots::Head;
  using initialiser = front_or_t<filter_t<detail::IsInitialiser, Options...>, DefaultInit>;
  static constexpr int classes = K;
  static constexpr bool concatenates = (std::is_same_v<Options, ConcatPool> || ...);
  template <int In, bool Bias>
  struct Built {
    using modules = typename detail::HeadModules<List<>, (concatenates ? 2 * In : In), K,
                                                 Bias && !(std::is_same_v<Options, NoBias> || ...), Options...>::type;
    using type = typename detail::Numbered<modules, std::make_index_sequence<modules::size>>::type;
  };
  template <int In, bool Bias>
  using build = typename Built<In, Bias>::type;
  template <class Model>
  using adapted = Adapted<Model, ReplaceHead>;
  template <class Model>
  using judge = judge_all<
      detail::JudgeHeadOption<ReplaceHead, Options>...,
      detail::JudgeNumber<ReplaceHead, (K >= 1 || K == Dynamic) && (detail::head_number_fits<Options> && ...)>,
      Demand<!std::is_void_v<detail::last_linear_t<origin_t<Model>>>, NoLinearHead<origin_t<Model>, ReplaceHead>>,
      Demand<!concatenates || detail::pools<typename Model::blocks>,
             NoPoolingToConcatenate<origin_t<Model>, ReplaceHead>>>;
};

}  // namespace tuneit
