#pragma once
// Rates of groups: what fastai writes as a slice.
#include "tuneit/meta/math.hpp"
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {
namespace detail {

template <class Model, class A, class B>
constexpr bool overlap() {
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (mask<Model, A>.at[i] && mask<Model, B>.at[i]) return true;
  return false;
}
template <class Model, class A, class B>
struct JudgeApart : Demand<!overlap<Model, A, B>(), GroupsOverlap<origin_t<Model>, A, B>> {};
template <class Model, class... Ss>
struct JudgeAllApart {
  using type = Accepted;
};
template <class Model, class S, class... Rest>
struct JudgeAllApart<Model, S, Rest...> : judge_all<JudgeApart<Model, S, Rest>..., JudgeAllApart<Model, Rest...>> {};

}  // namespace detail

/// The groups Ss, from the first to the last of the network, get rates in geometric progression: the first Lowest (> 0)
/// times the full rate, the last the full rate. fastai's slice(a, b) with Lowest = a / b. At least two groups, which
/// must not overlap; what is in none keeps its rate.
template <auto Lowest, class... Ss>
struct DiscriminativeRates : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{Hyperparameter{.name = "lowest-rate",
                                                     .value = static_cast<double>(Lowest),
                                                     .open = true,
                                                     .about = "of the first group, as a share of the last one's"}};
  template <class Model>
  using judge = judge_all<judge_selector<DiscriminativeRates, Model, Ss>...,
                          detail::JudgeNumber<DiscriminativeRates, (sizeof...(Ss) >= 2)>,
                          detail::JudgeRanges<DiscriminativeRates>, detail::JudgeAllApart<Model, Ss...>>;
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    int after = sizeof...(Ss);
    const auto group = [&]<class S>(Type<S>) {
      const double scale = detail::power(n[0], static_cast<double>(--after) / static_cast<double>(sizeof...(Ss) - 1));
      edit_rows<Model, S>(plan, [scale](PlanRow& row, const TensorRow&) { row.lr_scale *= scale; });
    };
    (group(Type<Ss>{}), ...);
  }
};

/// fastai's slice(lr): a tenth of the rate for all but the last group.
template <class Last = Head>
using TenthBelow = LrScale<Except<Last>, 0.1>;

}  // namespace tuneit
