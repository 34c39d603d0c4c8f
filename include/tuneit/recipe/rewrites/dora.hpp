#pragma once
// Adapters that make a layer's weight anew.
#include "tuneit/net/rewrite/dora.hpp"
#include "tuneit/recipe/rewrites/lora.hpp"

namespace tuneit {

/// DoRA (arXiv 2402.09353) as in PEFT, of the linear layers and convolutions (without groups) that S selects: W' = m (W
/// + s B A) / |W + s B A|, row by row; m starts from the lengths of W's rows. Options: Rank, Alpha, RsLora,
/// GaussianInit. What moves is as for Lora.
template <class S, class... Options>
struct Dora : AdapterTag {
  using known_options = List<Rank<8>, Alpha<16>, RsLora, GaussianInit>;
  using selector = S;
  static constexpr LowRankOptions options = detail::low_rank_words<Options...>.options();
  static constexpr bool in_range = detail::low_rank_words<Options...>.known;
  using number_is = detail::AlphaIs<Options...>;
  template <class Leaf>
  struct on {};
  template <class Leaf>
  requires detail::takes_made_weight<Leaf>
  struct on<Leaf> {
    using type = op::Effective<Leaf, MagnitudeAndDirection<options>>;
  };
  template <class Model>
  using judge = judge_all<detail::JudgeLowRankOption<Dora, Options>...,
                          detail::JudgeNumber<Dora, detail::low_rank_words<Options...>.fit() && options.dropout == 0>>;
};

/// Ia3 multiplies what goes into its layers, not what comes out (of feed-forward modules in PEFT).
struct OnInput {};

/// IA3 (arXiv 2205.05638) as in PEFT: what comes out of each channel of the linear layers and convolutions (without
/// groups) that S selects is multiplied by a number, 1 at first. Option: OnInput. What moves is as for Lora.
template <class S, class... Options>
struct Ia3 : AdapterTag {
  using known_options = List<OnInput>;
  using selector = S;
  static constexpr bool on_input = (std::is_same_v<Options, OnInput> || ...);
  template <class Leaf>
  struct on {};
  template <class Leaf>
  requires detail::takes_made_weight<Leaf>
  struct on<Leaf> {
    using type = op::Effective<Leaf, ChannelScales<on_input>>;
  };
  template <class Model>
  using judge = judge_all<Demand<std::is_same_v<Options, OnInput>, NotAnOption<Ia3, Options>>...>;
};

}  // namespace tuneit
