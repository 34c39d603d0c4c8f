#pragma once
// Low-rank adaptation: the network stays as it is, and beside some of its layers a product of low rank trains.
#include "tuneit/net/rewrite/low_rank.hpp"
#include "tuneit/recipe/losses/focal.hpp"
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/rewrites/adapter_tag.hpp"
#include "tuneit/recipe/rewrites/judge.hpp"

namespace tuneit {

/// The rank of Lora's product, at least 1.
template <int R>
struct Rank {
  static constexpr bool in_range = R >= 1;
  using number_is = Type<NumberIs<"rank", static_cast<double>(R), be::Whole<1.>>>;
};
/// Lora's product is scaled by Alpha / sqrt(Rank) instead of Alpha / Rank (rank-stabilised, arXiv 2312.03732).
struct RsLora {};
/// The share of Lora's input that is dropped in training, below 1.
template <auto P>
struct LoraDropout {
  static constexpr bool in_range = P >= 0 && P < 1;
  using number_is = Type<NumberIs<"lora-dropout", static_cast<double>(P), be::InUnder<0., 1.>>>;
};
/// A starts from N(0, 1 / Rank^2), PEFT's init_lora_weights="gaussian".
struct GaussianInit {};

namespace detail {

/// Options of low-rank rules, one after the other.
struct LowRankWords {
  int rank = 8;
  double alpha = 0;  ///< 0: the rank
  double dropout = 0;
  bool rank_stabilised = false, gaussian = false, known = true;

  template <int R>
  constexpr void say(Rank<R>) {
    rank = R;
  }
  template <auto A>
  constexpr void say(Alpha<A>) {
    alpha = static_cast<double>(A);
    known = known && A > 0;
  }
  template <auto P>
  constexpr void say(LoraDropout<P>) {
    dropout = static_cast<double>(P);
  }
  constexpr void say(RsLora) { rank_stabilised = true; }
  constexpr void say(GaussianInit) { gaussian = true; }

  [[nodiscard]] constexpr bool fit() const { return known && rank >= 1 && dropout >= 0 && dropout < 1; }
  [[nodiscard]] constexpr LowRankOptions options() const {
    const double numerator = alpha > 0 ? alpha : rank;
    const double r = rank < 1 ? 1 : rank;
    return {numerator / (rank_stabilised ? root(r) : r), dropout, rank, gaussian};
  }

 private:
  static constexpr double root(double x) {  // Newton's
    double y = x;
    for (int i = 0; i < 60; ++i) y = (y + x / y) / 2;
    return y;
  }
};
template <class Option>
concept LowRankOption = requires(LowRankWords w, Option o) {
  w.say(o);
};
template <class... Options>
inline constexpr LowRankWords low_rank_words = [] {
  LowRankWords words;
  [[maybe_unused]] const auto one = [&]<class O>(Type<O>) {
    if constexpr (LowRankOption<O>) words.say(O{});
  };
  (one(Type<Options>{}), ...);
  return words;
}();
template <class... Options>
struct AlphaIs {
  using type = NumberIs<"lora-alpha", low_rank_words<Options...>.alpha, be::Over<0.>>;
};
template <class Rule, class Option>
struct JudgeLowRankOption : Demand<LowRankOption<Option>, NotAnOption<Rule, Option>> {};

/// Where a product of low rank may stand: beside linear layers, convolutions without groups, embeddings.
template <class Leaf>
inline constexpr bool takes_low_rank = false;
template <int In, int Out, bool B>
inline constexpr bool takes_low_rank<Linear<In, Out, B>> = Out != Dynamic;
template <int In, int Out, Window W, bool B>
inline constexpr bool takes_low_rank<Conv2d<In, Out, W, B>> = W.groups == 1;
template <int N, int D, int Padding>
inline constexpr bool takes_low_rank<Embedding<N, D, Padding>> = true;

/// Whose weight may be made anew for a step.
template <class Leaf>
inline constexpr bool takes_made_weight = takes_low_rank<Leaf>;
template <int N, int D, int Padding>
inline constexpr bool takes_made_weight<Embedding<N, D, Padding>> = false;

}  // namespace detail

/// LoRA (arXiv 2106.09685) as in PEFT, beside the layers that S selects: y = layer(x) + s B A x, s = Alpha / Rank (1
/// without Alpha), Rank 8 unless said. A starts uniform within 1 / sqrt(fan in), B from zeros (of an Embedding: A from
/// zeros, B from N(0, 1)), so the first step sees the network as it was. Of a Conv2d A is a convolution of its window,
/// B one of 1x1. Options: Rank, Alpha, RsLora, LoraDropout, GaussianInit. Tensors are called as in PEFT
/// ("layer1.0.conv1.lora_A.weight"); those of the file keep their names. What the file's network has does not move,
/// running statistics included, but for the head (`Unfreeze` lets more train). Tests run with A and B merged into the
/// weights, at no cost.
template <class S, class... Options>
struct Lora : AdapterTag {
  using known_options = List<Rank<8>, Alpha<16>, RsLora, LoraDropout<0.1>, GaussianInit>;
  using selector = S;
  static constexpr LowRankOptions options = detail::low_rank_words<Options...>.options();
  static constexpr bool in_range = detail::low_rank_words<Options...>.known;
  using number_is = detail::AlphaIs<Options...>;
  template <class Leaf>
  struct on {};
  template <class Leaf>
  requires detail::takes_low_rank<Leaf>
  struct on<Leaf> {
    using type = op::LowRank<Leaf, options>;
  };
  template <class Model>
  using judge = judge_all<detail::JudgeLowRankOption<Lora, Options>...,
                          detail::JudgeNumber<Lora, detail::low_rank_words<Options...>.fit()>>;
};

}  // namespace tuneit
