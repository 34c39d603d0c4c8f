#pragma once
// What has a metric of one's own misspelt? Its optional members have defaults, so nobody would miss them. Asked of
// one's own alone.
#include "tuneit/meta/member_probe.hpp"
#include "tuneit/recipe/losses/on.hpp"
#include "tuneit/verdict/reasons/members.hpp"

namespace tuneit::detail {

struct NearlyLowerIsBetter {
  int lower_better, lower_is_best, lower_is_good, higher_is_better, higher_better, less_is_better, smaller_is_better,
      low_is_better, lowerIsBetter;
};
struct NearlyTakes {
  int take, Takes, takes_targets;
};
struct NearlyMetricOn {
  int On, On_, output, of_output, on_output;
};
template <class Probe>
concept NothingNearLower = requires {
  &Probe::lower_better, &Probe::lower_is_best, &Probe::lower_is_good, &Probe::higher_is_better, &Probe::higher_better,
      &Probe::less_is_better, &Probe::smaller_is_better, &Probe::low_is_better, &Probe::lowerIsBetter;
};
template <class Probe>
concept NothingNearTakes = requires {
  &Probe::take, &Probe::Takes, &Probe::takes_targets;
};
template <class Probe>
concept NothingNearMetricOn = requires {
  &Probe::On, &Probe::On_, &Probe::output, &Probe::of_output, &Probe::on_output;
};
struct NearlyInMetrics : NearlyLowerIsBetter, NearlyTakes, NearlyMetricOn {};

template <class M>
concept MetricHasOn = requires {
  typename M::on;
}
|| requires { M::on; };
template <class M>
constexpr auto judge_metric_members() {
  if constexpr (MetricHasOn<M> && !is_on<typename OnOf<M>::type>) {
    return Type<LacksItsMember<M, Member::on>>{};
  } else if constexpr (can_be_probed<M> && !requires { typename M::ships; }) {
    using Probe = MemberProbe<M, NearlyInMetrics>;
    if constexpr (!NothingNearLower<Probe>)
      return Type<LacksItsMember<M, Member::lower_is_better>>{};
    else if constexpr (!NothingNearTakes<Probe>)
      return Type<LacksItsMember<M, Member::takes>>{};
    else if constexpr (!MetricHasOn<M> && !NothingNearMetricOn<Probe>)
      return Type<LacksItsMember<M, Member::on>>{};
    else
      return Type<Accepted>{};
  } else {
    return Type<Accepted>{};
  }
}
template <class M>
struct JudgeMetricMembers : decltype(judge_metric_members<M>()) {};

}  // namespace tuneit::detail
