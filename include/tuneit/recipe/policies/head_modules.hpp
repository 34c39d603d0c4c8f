#pragma once
// What is a new head made of? Its options as modules, one after the other, with the names of a torch.nn.Sequential.
#include <cstddef>
#include <type_traits>
#include <utility>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"
#include "tuneit/recipe/policies/initialisers.hpp"

namespace tuneit {

// What may stand before the last linear layer of a new head, in order: Dropout<P>, and
template <int Width, bool Bias = true>
struct Hidden {};    ///< a linear layer to Width and ReLU
struct HeadNorm {};  ///< a batch norm (torch's BatchNorm1d)
// What else may be said of it:
struct ConcatPool {};  ///< the pooling before the head gives maximum and mean, twice as many numbers (fastai's)
struct NoBias {};      ///< the last linear layer has no bias

namespace detail {

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
  using type = Seq<Named<number_name<static_cast<int>(I)>, Modules>...>;
};

// What is an option of a head, and is its number within its range?
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

/// Examples of all, for who is told that something is none.
using HeadOptions = List<Dropout<0.5>, Hidden<512>, HeadNorm, ConcatPool, NoBias, DefaultInit, XavierUniform,
                         XavierNormal, KaimingUniform, KaimingNormal, Orthogonal, Zeros, TruncatedNormal<0.02>>;
template <class Option>
inline constexpr bool head_number_fits = true;
template <auto P>
inline constexpr bool head_number_fits<Dropout<P>> = P >= 0 && P < 1;
template <int Width, bool Bias>
inline constexpr bool head_number_fits<Hidden<Width, Bias>> = Width >= 1;
template <auto Std>
inline constexpr bool head_number_fits<TruncatedNormal<Std>> = Std > 0;

}  // namespace detail
}  // namespace tuneit
