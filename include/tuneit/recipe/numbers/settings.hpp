#pragma once
// The numbers of a recipe at run time: the recipe's own are the defaults, and every one can be changed without
// compiling.
#include <cstdint>

#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/plan/values.hpp"

namespace tuneit {

/// Where to compute; Auto: on a GPU if there is one.
enum class DeviceKind : std::uint8_t { Auto, Cpu, Cuda };

struct Settings;
template <class R>
constexpr void choose_optimizer(Settings& s, int which);

/// Which of an OptimizerChoice, counted from 0. `choose_optimizer` says it, which gives all numbers the values that
/// this one has; by itself it cannot be set, for the numbers would be those of another.
class ChosenNumber {
 public:
  constexpr operator int() const { return which_; }

 private:
  template <class R>
  friend constexpr void choose_optimizer(Settings& s, int which);
  int which_ = 0;
};

/// Run-time numbers of a training. The structure (which tensors, which optimizer) stays the recipe's.
struct Settings {
  OptimizerSettings optimizer{};  ///< rate, decay, momentum, ...
  int epochs = 5;                 ///< of a recipe with phases: theirs together
  int batch_size = 32;            ///< pictures per step
  double label_smoothing = 0;
  int warmup_steps = -1;                           ///< -1: the recipe's
  ChosenNumber chosen_optimizer{};                 ///< which of an OptimizerChoice, counted from 0: choose_optimizer
  ScheduleKind schedule = ScheduleKind::Constant;  ///< of a ChosenSchedule
  int step_epochs = 7;                             ///< of a chosen step schedule, with the factor step_gamma
  double step_gamma = 0.1;
  PrecisionKind precision = PrecisionKind::Single;  ///< of a ChosenPrecision
  DeviceKind device = DeviceKind::Auto;
  int classes = 0;             ///< of the head; needed for a Dynamic one
  bool keeps_head = false;     ///< a head that ReplaceHead made goes on from the weights: the plan says so
  int side = 224;              ///< of the pictures, in pixels
  int views = 0;               ///< versions of each picture that random augmentation makes; 0: fresh ones every epoch
  bool cache_features = true;  ///< keep what frozen blocks make of pictures seen again
  std::int64_t cache_bytes = std::int64_t{2} << 30;  ///< of such features in memory; more of them go to a file
  std::uint64_t seed = 0;
  bool graphs = true;   ///< on a GPU: steps that are the same each time are launched as one CUDA graph
  int check_every = 0;  ///< on a GPU: after so many steps the host waits and sees whether losses are finite; 0: at the
                        ///< end of an epoch, and before as far as it is known without waiting
  HyperparameterValues values{};  ///< of the recipe's other numbers, as many as it has, see value_of and numbers
};

namespace detail {

template <class P, class... Ps>
constexpr bool holds(List<Ps...>) {
  return (std::is_same_v<P, Ps> || ...);
}
template <class P, class... Phases>
constexpr bool in_a_phase(List<Phases...>) {
  return (holds<P>(typename Phases::items{}) || ...);
}
template <class R, class P>
constexpr bool in_some_phase() {
  if constexpr (std::is_void_v<typename R::phased>)
    return false;
  else
    return in_a_phase<P>(typename R::phases::list{});
}

// Where policy P's numbers are in Settings::values. What has no number needs no place.
template <class R, class P, class Where>
struct PlaceOf {
  static constexpr bool here = number_count<P> == 0 || holds<P>(typename R::common{});
  using verdict = std::conditional_t<here, Accepted,
                                     std::conditional_t<in_some_phase<R, P>(), SaidInPhases<R, P>, NotInRecipe<R, P>>>;
  static constexpr std::size_t offset = here ? number_offset<typename R::parts, P> : 0;
};
// One of several losses, or its weight.
template <class R, class P>
concept AmongLosses = requires {
  requires offset_in_losses<P>(typename R::loss::weighted{})
  >= 0;
};
template <class R, class P>
requires AmongLosses<R, P>
struct PlaceOf<R, P, void> {
  using verdict = Accepted;
  static constexpr std::size_t offset = number_offset<typename R::parts, typename R::loss> +
                                        static_cast<std::size_t>(offset_in_losses<P>(typename R::loss::weighted{}));
};
template <class R, class P, std::size_t I>
requires(I >= R::phase_count) struct PlaceOf<R, P, In<I>> {
  using verdict = NotInRecipe<R, In<I>>;
  static constexpr std::size_t offset = 0;
};
template <class R, class P, std::size_t I>
inline constexpr int offset_in_phase_losses = [] {
  if constexpr (I < R::phase_count) {
    using L = loss_of_phase<typename R::parts, I>;
    if constexpr (says_loss<typename R::parts, I> && requires { typename L::weighted; })
      return offset_in_losses<P>(typename L::weighted{});
  }
  return -1;
}();
template <class R, class P, std::size_t I>
requires(offset_in_phase_losses<R, P, I> >= 0) struct PlaceOf<R, P, In<I>> {
  using verdict = Accepted;
  static constexpr std::size_t offset = phase_item_offset<typename R::parts, I, loss_of_phase<typename R::parts, I>> +
                                        static_cast<std::size_t>(offset_in_phase_losses<R, P, I>);
};
template <class R, class P, std::size_t I>
requires(I < R::phase_count && offset_in_phase_losses<R, P, I> < 0) struct PlaceOf<R, P, In<I>> {
  using phase = phase_t<typename R::parts, I>;
  static constexpr bool here = in_some_phase<R, P>() && holds<P>(typename phase::items{});
  using verdict = std::conditional_t<here, Accepted, NotInRecipe<phase, P>>;
  static constexpr std::size_t offset = here ? phase_item_offset<typename R::parts, I, P> : 0;
};

}  // namespace detail

/// The numbers of a recipe: every number of its policies that is not a member of Settings, in the order of
/// Settings::values. Names for people and command lines: numbers.hpp.
template <class R>
inline constexpr const auto& hyperparameters = detail::parts_numbers<typename R::parts>;

/// Have policy P's numbers a place in the settings of R? `Accepted`, or a reason. Where: void, if it holds in all
/// phases of R, or In<I>.
template <class R, class P, class Where = void>
using value_verdict = typename detail::PlaceOf<R, P, Where>::verdict;

/// The value of the I-th number of policy P, which holds in all phases of R: `value_of<R, LrScale<Head,
/// 10>>(settings)`. Of a loss among several: `value_of<R, Focal<>, 1>(settings)`, its weight `value_of<R,
/// Weighted<Focal<>, 0.5>>(settings)`.
template <class R, class P, std::size_t I = 0>
constexpr double& value_of(Settings& s) {
  static_assert(I < number_count<P>, "tuneit: the policy has no such number");
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}
template <class R, class P, std::size_t I = 0>
constexpr const double& value_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}

/// Of a policy that stands in a phase: `value_of<R, LrScale<Head, 10>, In<1>>(settings)`.
template <class R, class P, class Where, std::size_t I = 0>
constexpr double& value_of(Settings& s) {
  static_assert(I < number_count<P>, "tuneit: the policy has no such number");
  using Place = detail::PlaceOf<R, P, Where>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}
template <class R, class P, class Where, std::size_t I = 0>
constexpr const double& value_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, Where>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values[Place::offset + I];
}

/// The values of all numbers of a policy that holds in all phases of R, in their order.
template <class R, class P>
constexpr const double* values_of(const Settings& s) {
  using Place = detail::PlaceOf<R, P, void>;
  if constexpr (!Place::verdict::accepted) static_cast<void>(Place::verdict::template report<>());
  return s.values.data() + Place::offset;
}

namespace detail {

template <class R, class P>
constexpr long long batches_with([[maybe_unused]] const Settings& s) {
  if constexpr (moments<P> != NoMoments && gathers_batches<P>) return batches_of<P>(values_of<R, P>(s));
  return 1;
}
template <class R, class... Ps>
constexpr long long batches_with_all(const Settings& s, List<Ps...>) {
  return (1LL * ... * batches_with<R, Ps>(s));
}

}  // namespace detail

/// Of how many batches an optimizer step is made: 1, or what Accumulate says.
template <class R>
constexpr long long batches_per_step([[maybe_unused]] const Settings& s) {
  if constexpr (recipe_effects<R>.gathers_batches) return detail::batches_with_all<R>(s, typename R::common{});
  return 1;
}

/// Optimizer steps in so many batches: the last one may be made of fewer.
template <class R>
constexpr long long steps_of_batches(const Settings& s, long long batches) {
  const long long together = batches_per_step<R>(s);
  return (batches + together - 1) / together;
}

/// How many different pictures that cannot be read may be left out of a training; 0: the first one ends it.
template <class R>
constexpr std::size_t skipped_at_most([[maybe_unused]] const Settings& s) {
  if constexpr (number_count < typename R::bad_sample >> 0)
    return static_cast<std::size_t>(value_of<R, typename R::bad_sample>(s));
  return 0;
}

namespace detail {

/// A count of the I-th phase: its own number, where an item of it fills the slot, else `otherwise`.
template <class P, std::size_t I, class Slot>
constexpr int count_in_phase([[maybe_unused]] const Settings& s, int otherwise) {
  using Own = in_phase_t<P, I, Slot, void>;
  if constexpr (std::is_void_v<Own>)
    return otherwise;
  else
    return static_cast<int>(s.values[phase_item_offset<P, I, PhaseOnly<Own>>]);
}

}  // namespace detail

/// What a phase of R does with the data: pictures per step, and their side in pixels.
template <class R, std::size_t I>
constexpr int batch_size_in(const Settings& s) {
  return detail::count_in_phase<typename R::parts, I, slots::BatchSize>(s, s.batch_size);
}
template <class R, std::size_t I>
constexpr int side_in(const Settings& s) {
  return detail::count_in_phase<typename R::parts, I, slots::Side>(s, s.side);
}

/// How many epochs the phases of a recipe have together.
template <class R>
constexpr int total_epochs(const Settings& s) {
  if constexpr (std::is_void_v<typename R::phased>) {
    return s.epochs;
  } else {
    double sum = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((sum += s.values[detail::phase_offset<typename R::parts, I>]), ...);
    }
    (std::make_index_sequence<R::phase_count>{});
    return static_cast<int>(sum);
  }
}

namespace detail {

// Of a recipe its optimizer; of settings that are not yet a recipe's, the choice itself.
template <class R>
struct ChoiceOf {
  using type = R;
  static constexpr bool in_recipe = false;
};
template <class R>
requires requires { typename R::optimizer; }
struct ChoiceOf<R> {
  using type = typename R::optimizer;
  static constexpr bool in_recipe = true;
};

}  // namespace detail

/// Chooses the which-th optimizer (counted from 0) of an OptimizerChoice, with all numbers that it says itself. Numbers
/// that it does not have are left alone. R: the recipe; or the OptimizerChoice, of which then only numbers that are
/// members of Settings are set.
template <class R>
constexpr void choose_optimizer(Settings& s, int which) {
  using Choice = typename detail::ChoiceOf<R>::type;
  static_assert(
      requires { typename Choice::choices; }, "tuneit: the recipe has no OptimizerChoice to choose from");
  s.chosen_optimizer.which_ = which;
  int at = 0;
  const auto one = [&]<class O>(Type<O>) {
    if (at++ != which) return;
    for (const Hyperparameter& said : O::option_numbers) {
      if (double OptimizerSettings::*const member = detail::named_member(said.name)) {
        s.optimizer.*member = said.value;
        continue;
      }
      if constexpr (detail::ChoiceOf<R>::in_recipe)
        for (std::size_t i = 0; i < Choice::numbers.size(); ++i)
          if (std::string_view(Choice::numbers[i].name) == said.name)
            s.values[detail::number_offset<typename R::parts, Choice> + i] = said.value;
    }
  };
  [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Choice::choices{});
}

/// The numbers that the recipe itself gives.
template <class R>
constexpr Settings defaults() {
  Settings s;
  s.optimizer = detail::settings_said<typename R::optimizer>();
  s.precision = detail::precision_kind<typename R::precision>;
  s.epochs = R::epochs;
  s.batch_size = R::batch_size;
  s.views = R::views;
  if constexpr (detail::SmoothsLabels<typename R::loss>) s.label_smoothing = R::loss::label_smoothing;
  s.side = R::side;
  if constexpr (R::new_classes != 0)
    s.classes = R::new_classes;
  else
    s.classes = shape<typename R::model>().channels();
  s.values.resize(hyperparameters<R>.size());
  for (std::size_t i = 0; i < hyperparameters<R>.size(); ++i) s.values[i] = hyperparameters<R>[i].value;
  return s;
}

}  // namespace tuneit
