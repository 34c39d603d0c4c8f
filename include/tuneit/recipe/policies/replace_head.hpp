#pragma once
// A new head: the model of a recipe is the network with its last linear layer changed to another class count, or to a
// small network of its own.
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/policies/adapted.hpp"
#include "tuneit/recipe/policies/head_modules.hpp"
#include "tuneit/recipe/policies/initialisers.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

namespace detail {

// void: within a phase, which has no head
template <class P, class Model>
concept AdaptsModel = std::is_void_v<Model> || requires {
  typename P::template adapted<Model>;
};
template <class P>
concept SaysClasses = requires {
  P::classes + 0;
};
template <class P>
concept HasClasses = requires {
  { P::classes } -> Is<int>;
};
template <class P>
concept SaysInitialiser = requires {
  typename P::initialiser;
};
template <class P>
concept SaysConcatenates = requires {
  P::concatenates;
};
template <class P>
concept HasConcatenates = requires {
  { P::concatenates } -> Is<bool>;
};

}  // namespace detail

namespace slots {
struct Head {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{{detail::AdaptsModel<P, Model>, true, "adapted"},
                                     {detail::SaysClasses<P>, detail::HasClasses<P>, "classes"},
                                     {detail::SaysInitialiser<P>, true, "initialiser"},
                                     {detail::SaysConcatenates<P>, detail::HasConcatenates<P>, "concatenates"}}};
};
}  // namespace slots

namespace detail {

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
  using known_options = detail::HeadOptions;
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
