#pragma once
// Knowledge distillation: a network learns from the outputs of another one.
#include <array>
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {

namespace slots {
struct Distill {};
}  // namespace slots

/// Of Distill: the logits of both networks are divided by it (> 0).
template <auto X>
struct Temperature {
  static constexpr double value = static_cast<double>(X);
};
/// Of Distill: how much of the loss is that of the soft targets, in [0, 1].
template <auto X>
struct SoftShare {
  static constexpr double value = static_cast<double>(X);
};

namespace detail {

/// A network itself, or the model of a recipe; void of anything else.
template <class T>
struct TeacherModel {
  using type = void;
};
template <NetworkLike T>
struct TeacherModel<T> {
  using type = T;
};
template <class T>
requires(!NetworkLike<T>) && requires {
  typename T::parts;
  requires NetworkLike<typename T::model>;
}
struct TeacherModel<T> {
  using type = typename T::model;
};

template <class O>
inline constexpr int distill_option = -1;
template <auto X>
inline constexpr int distill_option<Temperature<X>> = 0;
template <auto X>
inline constexpr int distill_option<SoftShare<X>> = 1;
template <int Which, class... Os>
constexpr double distill_number(double otherwise) {
  [[maybe_unused]] const auto one = [&]<class O>(Type<O>) {
    if constexpr (distill_option<O> == Which) otherwise = O::value;
  };
  (one(Type<Os>{}), ...);
  return otherwise;
}
template <class Policy, class O>
struct JudgeDistillOption : Demand<(distill_option<O> >= 0), NotAnOption<Policy, O>> {};

template <class Policy, class Teacher, class Model>
struct JudgeTeacherFit {
  static constexpr int outputs = shape<Teacher>().channels(), own = shape<Model>().channels();
  using type = typename judge_all<
      Demand<outputs == own || outputs == Dynamic || own == Dynamic,
             TeacherDoesNotFit<Policy, TeacherHas::outputs, outputs, own>>,
      Demand<Teacher::input::channels == Model::input::channels,
             TeacherDoesNotFit<Policy, TeacherHas::channels, Teacher::input::channels, Model::input::channels>>>::type;
};
template <class Policy, class Model>
struct JudgeTeacherFit<Policy, void, Model> {
  using type = Accepted;
};

// Judged with the whole recipe.
template <class P, class Parts>
struct JudgeDistill;

/// What a network that only runs needs (queries.hpp).
template <class Model, class S>
constexpr PolicyMemory network_memory(const S& settings);

}  // namespace detail

/// Knowledge distillation (Hinton et al., arXiv 1503.02531): a second, frozen network, the teacher, sees each batch as
/// it flows in (after Mixup or CutMix), and the loss becomes
///   (1 - SoftShare) * the recipe's loss + SoftShare * T^2 * KL(softmax(teacher / T) || softmax(outputs / T)),
/// the divergence a mean over the batch (torch's kl_div, reduction batchmean), T the Temperature. Teacher: a network,
/// or a recipe whose model it is; with the same outputs and channels. Its weights are loaded before the first step
/// (Trainer::teacher); it runs as in evaluation, and is in no checkpoint. Options: Temperature<4>, SoftShare<0.5>. No
/// features of frozen blocks are kept.
template <class Teacher, class... Options>
struct Distill : PolicyTag {
  using slot = slots::Distill;
  using known_options = List<Temperature<4>, SoftShare<0.5>>;
  using teacher = typename detail::TeacherModel<Teacher>::type;
  static constexpr Moments acts = OnStart | OnInputs | OnOutputs;
  static constexpr Order order = Order::Collect;
  static constexpr Effects effects{.replays = true, .memory = true};
  static constexpr std::array numbers{Hyperparameter{.name = "distill-temperature",
                                                     .value = detail::distill_number<0, Options...>(4),
                                                     .open = true,
                                                     .about = "by which the logits of teacher and network are divided"},
                                      Hyperparameter{.name = "distill-share",
                                                     .value = detail::distill_number<1, Options...>(0.5),
                                                     .most = 1,
                                                     .about = "of the loss that is the teacher's soft targets'"}};
  template <class Model>
  using judge = judge_all<Demand<!std::is_void_v<teacher>, NotATeacher<Distill, Teacher>>,
                          detail::JudgeDistillOption<Distill, Options>..., detail::JudgeRanges<Distill>,
                          detail::JudgeTeacherFit<Distill, teacher, Model>>;
  template <class Parts>
  using judge_recipe = detail::JudgeDistill<Distill, Parts>;
  template <class S>
  static constexpr PolicyMemory memory(const S& settings) {
    return detail::network_memory<teacher>(settings);
  }
  static std::string sentence(const double* n) {
    return "soft targets of a teacher, " + type_name<Teacher>() + ", at temperature " + short_number(n[0]) + ", are " +
           short_number(n[1]) + " of the loss";
  }
};

namespace detail {

template <class P>
struct IsDistill {
  static constexpr bool value = StandsIn<P, slots::Distill>;
};
template <class L>
struct DistillOf;
template <class... Ps>
struct DistillOf<List<Ps...>> {
  using type = front_or_t<filter_t<IsDistill, Ps...>, void>;
};
/// The Distill of a recipe's policies, or void.
template <class L>
using distill_of = typename DistillOf<L>::type;
template <class R>
struct TeacherOf {
  using type = distill_of<typename R::common>;
};
template <class R>
inline constexpr bool has_teacher = !std::is_void_v<typename TeacherOf<R>::type>;
/// The teacher of a recipe for people; empty where it has none.
template <class R>
std::string teacher_name() {
  if constexpr (has_teacher<R>) return type_name<typename TeacherOf<R>::type::teacher>();
  return {};
}

}  // namespace detail
}  // namespace tuneit
