#pragma once
// Which metrics are measured of a recipe, of which of its outputs, and against which targets?
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/meta/list.hpp"
#include "tuneit/recipe/losses/outputs.hpp"
#include "tuneit/recipe/losses/targets.hpp"
#include "tuneit/recipe/metrics/metrics.hpp"

namespace tuneit::detail {

template <class A, class B>
struct WithMetrics;
template <class... As, class... Bs>
struct WithMetrics<List<As...>, List<Bs...>> {
  template <class B>
  struct is_new {
    static constexpr bool value = !(std::is_same_v<As, B> || ...);
  };
  template <class... News>
  static List<As..., News...> join(List<News...>);
  using type = decltype(join(filter_t<is_new, Bs...>{}));
};
/// What a recipe says is measured, each once.
template <class R>
using said_metrics = typename WithMetrics<typename R::metrics::metrics, typename R::monitor::metrics>::type;
/// Of those, what is measured in training, too.
template <class M>
struct InTraining {
  static constexpr bool value = !M::of_tests;
};
template <class L>
struct TrainedMetrics;
template <class... Ms>
struct TrainedMetrics<List<Ms...>> {
  using type = filter_t<InTraining, Ms...>;
};
template <class R>
using trained_metrics = typename TrainedMetrics<said_metrics<R>>::type;
/// ... and what is measured of tests without being said.
template <class R, bool Several = (output_count<typename R::model> > 1)>
struct TestedMetrics
    : WithMetrics<said_metrics<R>, std::conditional_t<target_kind<typename R::loss> == TargetKind::Values,
                                                      List<MeanAbsoluteError>, List<>>> {};
template <class L>
using metric_of_targets =
    std::conditional_t<are_of_classes(target_kind<L>), Accuracy,
                       std::conditional_t<target_kind<L> == TargetKind::MultiLabel, LabelAccuracy, MeanAbsoluteError>>;
template <class L, class Said>
struct MetricOfLoss {
  using type = metric_of_targets<L>;
};
template <class L, fixed_string Name>
struct MetricOfLoss<L, On<Name>> {
  using type = On<Name, metric_of_targets<L>>;
};
template <class All, class... News>
struct AddMetrics {
  using type = All;
};
template <class All, class First, class... News>
struct AddMetrics<All, First, News...> : AddMetrics<typename WithMetrics<All, List<First>>::type, News...> {};
template <class... Ls, class Said>
AddMetrics<Said, typename MetricOfLoss<Ls, on_of<Ls>>::type...> add_metrics(List<Ls...>, Said);
// Of several outputs, that of each loss.
template <class R>
struct TestedMetrics<R, true> : decltype(add_metrics(loss_items<typename R::loss>{}, said_metrics<R>{})) {};
template <class R>
using tested_metrics = typename TestedMetrics<R>::type;

/// Of which output a metric is, and where its targets are; -1: nowhere are such as it takes.
struct MetricPlace {
  int output = -1, target = -1;
};
template <class M, class R, class... Ls>
constexpr MetricPlace place_metric(List<Ls...>) {
  constexpr TargetKind kinds[] = {target_kind<Ls>...};
  constexpr auto p = loss_places<R>;
  constexpr int named = index_of_output<typename R::model, on_of<M>>();
  for (std::size_t i = 0; i < sizeof...(Ls); ++i)
    if ((std::is_void_v<on_of<M>> || p.output[i] == named) && M::takes(kinds[i])) return {p.output[i], p.target[i]};
  return {};
}
template <class M, class R>
inline constexpr MetricPlace metric_place = place_metric<M, R>(loss_items<typename R::loss>{});

}  // namespace tuneit::detail
