#pragma once
// How many tokens has a text, and which texts make a batch?
#include <array>
#include <string>

#include "tuneit/net/compose.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/slot.hpp"
#include "tuneit/recipe/policies/side.hpp"
#include "tuneit/verdict/reasons/texts.hpp"

namespace tuneit {

namespace slots {
struct Buckets {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
struct TokenBudget {
  template <class P, class Model>
  static constexpr SlotAsks asks = {{detail::asked_count<P>}};
};
}  // namespace slots

namespace detail {

template <class P, class Model>
struct JudgeOfTexts : Demand<takes_tokens<typename Model::input::first>, NeedsTexts<Model, P>> {};

// Judged with the whole recipe.
template <class P, class Parts>
struct JudgeBudget;

template <class T>
struct MaxLengthIs {
  using type = NumberIs<"max-length", static_cast<double>(T::count), be::Whole<1.>>;
};
template <class T>
struct BucketsIs {
  using type = NumberIs<"buckets", static_cast<double>(T::count), be::Whole<0.>>;
};
template <class T>
struct TokenBudgetIs {
  using type = NumberIs<"token-budget", static_cast<double>(T::count), be::Whole<1.>>;
};

}  // namespace detail

/// Texts are cut to N tokens, special ones counted. Unsaid: what the network is made for. In phases one after the
/// other: short texts first.
template <int N>
struct MaxLength : PolicyTag {
  using slot = slots::Side;
  static constexpr bool in_range = N >= 1;
  using number_is = detail::MaxLengthIs<MaxLength>;
  static constexpr int count = N;
  static constexpr bool of_tokens = true;
  template <class Model>
  using judge = judge_all<detail::JudgeOfTexts<MaxLength, Model>, detail::JudgeNumber<MaxLength, in_range>,
                          Demand<(N <= Model::input::side), TooLong<Model, N, Model::input::side>>>;
};

namespace detail {

template <TakesSlot<slots::Side> P>
requires takes_tokens<P>
inline constexpr std::array phase_numbers<P>{Hyperparameter{.name = "max-length",
                                                            .value = count_of<P>(),
                                                            .least = 1,
                                                            .most = 1e5,
                                                            .whole = true,
                                                            .about = "tokens of a text at most, in this phase"}};

}  // namespace detail

/// Batches are made of texts that are nearly as long: N batches are sorted by length together, so that little of them
/// is padding (data/text/buckets.hpp). Unsaid: 50; 0: texts are taken as they are shuffled.
template <int N>
struct Buckets : PolicyTag {
  using slot = slots::Buckets;
  static constexpr bool in_range = N >= 0;
  using number_is = detail::BucketsIs<Buckets>;
  static constexpr int count = N;
  template <class Model>
  using judge = judge_all<detail::JudgeOfTexts<Buckets, Model>, detail::JudgeNumber<Buckets, in_range>>;
  static std::string sentence(const double*) {
    return N == 0 ? "texts are taken as they are shuffled"
                  : "texts of " + std::to_string(N) + " batches are sorted by length together";
  }
};

/// Batches have as many texts as together take N tokens, padding counted, in the place of a BatchSize: few long ones,
/// many short ones. With it a loss is the mean over a batch as ever; of tokens, over those that have a label.
template <int N>
struct TokenBudget : PolicyTag {
  using slot = slots::TokenBudget;
  static constexpr bool in_range = N >= 1;
  using number_is = detail::TokenBudgetIs<TokenBudget>;
  static constexpr int count = N;
  template <class Model>
  using judge = judge_all<detail::JudgeOfTexts<TokenBudget, Model>, detail::JudgeNumber<TokenBudget, in_range>>;
  template <class Parts>
  using judge_recipe = detail::JudgeBudget<TokenBudget, Parts>;
  static std::string sentence(const double*) { return "batches of " + std::to_string(N) + " tokens at most"; }
};

}  // namespace tuneit
