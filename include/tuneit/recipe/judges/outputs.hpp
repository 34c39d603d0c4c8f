#pragma once
// Has each output of a network its loss, and does it fit? Asked where there are several outputs, or one is named.
#include <array>

#include "tuneit/net/wire_crossing.hpp"
#include "tuneit/recipe/judges/network.hpp"
#include "tuneit/recipe/judges/wires.hpp"
#include "tuneit/recipe/losses/outputs.hpp"
#include "tuneit/recipe/metrics/measured.hpp"
#include "tuneit/recipe/metrics/metrics.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

/// The event that gives out the I-th output; -1: there is one, without a name.
template <class Model>
constexpr int output_event(int which) {
  int number = 0;
  if constexpr (has_wires<Model>)
    for (int i = 0; i < wire_log<Model>.count; ++i)
      if (wire_log<Model>.events[i].use == WireUse::Output && number++ == which) return i;
  return -1;
}
/// The name of the I-th output.
template <class Model, int I>
inline constexpr NameText output_text = [] {
  constexpr int event = output_event<Model>(I);
  if constexpr (event >= 0) return wire_log<Model>.events[event].text;
  NameText text;
  text.append("out", 3);
  return text;
}();
/// The same as a template argument.
template <class Model, int I>
inline constexpr auto output_name = fixed_string<output_text<Model, I>.size() + 1>(output_text<Model, I>.data(), 0);

/// What the I-th output gives for a sample of the usual side.
template <class Model, int I>
constexpr Shape output_shape() {
  constexpr int event = output_event<Model>(I);
  if constexpr (event >= 0) {
    WireShapes wires;
    KeepShapes keep;
    trace_up_to<Model>(Model::block_count, Model::input::side, wires, keep);
    return keep.outputs.shape(wire_log<Model>.events[event].name);
  } else {
    return fitting<Model>.out;
  }
}

/// Of each target of a recipe: is there one for every pixel (token)?
template <class R>
inline constexpr auto targets_of_pixels = [] {
  constexpr std::size_t count = loss_items<typename R::loss>::size;
  std::array<bool, count> pixels{};
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((pixels[static_cast<std::size_t>(loss_places<R>.target[I])] =
          !output_shape<typename R::model, loss_places<R>.output[I]>().is_flat()),
     ...);
  }
  (std::make_index_sequence<count>{});
  return pixels;
}();

template <class Model, class Name>
struct JudgeOutputName {
  using type = Accepted;
};
template <class Model, fixed_string Name>
struct JudgeOutputName<Model, On<Name>> : JudgeOutput<Model, Name> {};

// The first output that is neither used nor said to be unused, or that is both; -1: there is none.
template <class Parts>
constexpr int output_without_loss() {
  for (int i = 0; i < output_count<typename Parts::model>; ++i)
    if (loss_places<Parts>.loss_of(i) < 0 && !is_unused<typename Parts::model>(i, typename Parts::unused::names{}))
      return i;
  return -1;
}
template <class Parts>
constexpr int unused_with_loss() {
  for (int i = 0; i < output_count<typename Parts::model>; ++i)
    if (loss_places<Parts>.loss_of(i) >= 0 && is_unused<typename Parts::model>(i, typename Parts::unused::names{}))
      return loss_places<Parts>.loss_of(i);
  return -1;
}
template <class Parts, int Without>
struct JudgeCovered {
  using type = OutputWithoutLoss<typename Parts::model, output_name<typename Parts::model, Without>>;
};
template <class Parts>
struct JudgeCovered<Parts, -1> {
  using type = Accepted;
};
template <class Parts, int Loss>
struct JudgeUnused {
  using type =
      Contradiction<typename Parts::unused, typename TypeAt<std::size_t{Loss}, loss_items<typename Parts::loss>>::type>;
};
template <class Parts>
struct JudgeUnused<Parts, -1> {
  using type = Accepted;
};

template <class Parts>
constexpr bool all_unused() {
  for (int i = 0; i < output_count<typename Parts::model>; ++i)
    if (!is_unused<typename Parts::model>(i, typename Parts::unused::names{})) return false;
  return true;
}
template <class Parts, int Loss>
struct JudgeOwnOutput {
  using type = LossWithoutOutput<typename Parts::model,
                                 typename TypeAt<std::size_t{Loss}, loss_items<typename Parts::loss>>::type>;
};
// Is there an output that is used at all?
template <class Parts, int Loss>
requires(output_count<typename Parts::model> > 0 && Parts::unused::names::size > 0 &&
         all_unused<Parts>()) struct JudgeOwnOutput<Parts, Loss> {
  using type =
      Contradiction<typename Parts::unused, typename TypeAt<std::size_t{Loss}, loss_items<typename Parts::loss>>::type>;
};
template <class Parts>
struct JudgeOwnOutput<Parts, -1> {
  using type = Accepted;
};

// Has a loss a class of each sample, and none of each token?
template <class L>
inline constexpr bool is_of_samples = are_of_classes(target_kind<L>) && !takes_token_outputs<L>;

// Does the I-th loss fit its output, and is it told what the first one of that output is?
template <class Model, class L, int Output>
constexpr bool loss_fits_output() {
  constexpr Shape out = output_shape<Model, Output>();
  constexpr int count = out.channels(), wanted = target_count<L>;
  if (out.rank == 2 ? is_of_samples<L> : target_kind<L> == TargetKind::Spans) return false;  // places among tokens
  if (count == Dynamic) return true;
  return (wanted == 0 || wanted == count) && L::fits(out) &&
         !(are_of_classes(target_kind<L>) && out.rank != 2 && out.height() * out.width() > 1);
}
template <class Parts, class L, int Output, class First>
struct JudgeLossOfOutput
    : judge_all<Demand<loss_fits_output<typename Parts::model, L, Output>(),
                       LossDoesNotFitOutput<typename Parts::model, output_name<typename Parts::model, Output>, L>>,
                Demand<std::is_same_v<typename L::targets, typename First::targets>, LossesDiffer<First, L>>> {};
template <class Parts, class Indices, class Losses>
struct JudgeLossesOfOutputs;
template <class Parts, std::size_t... I, class... Ls>
struct JudgeLossesOfOutputs<Parts, std::index_sequence<I...>, List<Ls...>>
    : judge_all<JudgeLossOfOutput<Parts, Ls, loss_places<Parts>.output[I],
                                  typename TypeAt<std::size_t{loss_places<Parts>.loss_of(loss_places<Parts>.output[I])},
                                                  List<Ls...>>::type>...> {};
template <class Parts>
struct JudgeEachLoss : JudgeLossesOfOutputs<Parts, std::make_index_sequence<loss_items<typename Parts::loss>::size>,
                                            loss_items<typename Parts::loss>> {};

template <class Model, class... Names>
struct JudgeOutputNames : judge_all<JudgeOutputName<Model, Names>...> {};
template <class Model, class... Names, class... Ls>
JudgeOutputNames<Model, Names..., on_of<Ls>...> judge_names(List<Names...>, List<Ls...>);
template <class Parts>
struct JudgeNames : decltype(judge_names<typename Parts::model>(typename Parts::unused::names{},
                                                                loss_items<typename Parts::loss>{})) {};

template <class Parts>
struct JudgeEachOutput : judge_all<JudgeOwnOutput<Parts, loss_places<Parts>.loss_of(-1)>,
                                   JudgeCovered<Parts, output_without_loss<Parts>()>,
                                   JudgeUnused<Parts, unused_with_loss<Parts>()>, JudgeEachLoss<Parts>> {};

/// Does a recipe name outputs?
template <class... Ls>
constexpr bool some_says_on(List<Ls...>) {
  return (!std::is_void_v<on_of<Ls>> || ...);
}
template <class Parts>
inline constexpr bool names_outputs = output_count<typename Parts::model> > 1 || Parts::unused::names::size > 0 ||
                                      some_says_on(loss_items<typename Parts::loss>{});

/// How many outputs the only one of a recipe has, with its new head.
template <class Parts>
constexpr int outputs();
constexpr bool suffice(int outputs, int least) { return outputs == Dynamic || outputs >= least; }
/// Does a metric mean something for the targets of the recipe, and of its output?
template <class M, class Parts>
struct JudgeMetricTargets
    : Demand<M::takes(target_kind<typename Parts::loss>) && suffice(outputs<Parts>(), least_outputs<M>),
             MetricDoesNotFit<M, typename Parts::loss>> {};
template <class M, class Parts>
constexpr bool metric_has_place() {
  constexpr int output = metric_place<M, Parts>.output;
  if constexpr (output < 0)
    return false;
  else
    return suffice(output_shape<typename Parts::model, output>().channels(), least_outputs<M>);
}
template <class M, class Parts>
struct JudgePlacedMetric : Demand<metric_has_place<M, Parts>(), MetricDoesNotFit<M, typename Parts::loss>> {};
template <class M, class Parts>
requires(output_count<typename Parts::model> > 1 || !std::is_void_v<on_of<M>>) struct JudgeMetricTargets<M, Parts>
    : judge_all<JudgeOutputName<typename Parts::model, on_of<M>>, JudgePlacedMetric<M, Parts>> {
};

}  // namespace tuneit::detail
