#pragma once
// What can only be judged when training starts: are the run-time numbers of a recipe in their ranges?
#include <string>

#include "tuneit/meta/sentence.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/numbers/group_timeline.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"
#include "tuneit/recipe/numbers/run_times.hpp"
#include "tuneit/recipe/queries/lone_values.hpp"

namespace tuneit {

namespace detail {

/// What the compiler refuses of a loss, of a head whose size and of smoothing that are known only now.
template <class Loss>
void check_loss(const Settings& s, double smoothing) {
  const Shape output =  // of places among tokens: as many for each
      target_kind<Loss> == TargetKind::Spans ? Shape(2, s.classes) : shape_of_outputs(s.classes);
  constexpr int wanted = target_count<Loss>;
  if (!Loss::fits(output) || (wanted != 0 && wanted != s.classes)) {
    if constexpr (requires { Loss::misfit(output); }) {
      const auto misfit = Loss::misfit(output);
      throw Error(ErrorKind::Usage, misfit[0], misfit[1]);
    }
    throw Error(ErrorKind::Usage,
                type_name<Loss>() + " does not fit a head with " + std::to_string(s.classes) +
                    (s.classes == 1 ? " output" : " outputs"),
                "Its `fits` says which outputs it takes, and its targets how many numbers a sample has.");
  }
  if (target_kind<Loss> == TargetKind::Probabilities && smoothing > 0)
    throw Error(ErrorKind::Usage,
                "SoftTargets are probabilities already, and label smoothing would soften them once more",
                "Keep one of the two: the label smoothing is " + short_number(smoothing) + ".");
}

/// NoSuchRow of a head whose size is known only now.
template <class Rows>
void check_rows([[maybe_unused]] const Settings& s) {
  if constexpr (Rows::count > 0)
    for (std::size_t i = 0; i < Rows::count; ++i)
      if (Rows::to[i] >= s.classes)
        throw Error(ErrorKind::Usage,
                    "Row<" + std::to_string(Rows::to[i]) + ", " + std::to_string(Rows::from[i]) + "> of " +
                        type_name<Rows>() + " is for class " + std::to_string(Rows::to[i]) +
                        " of the new head, which has " + std::to_string(s.classes) + " (they count from 0)",
                    "Drop the row, or give the head more classes.");
}

/// The numbers of the optimizer: each in its range, and no Nesterov's momentum without momentum.
inline void check_optimizer(const std::string& name, const Hyperparameter* numbers, std::size_t count,
                            const double* n) {
  double nesterov = 0, momentum = 0, dampening = 0;
  for (std::size_t i = 0; i < count; ++i) {
    check_number({numbers[i].name, name, &numbers[i], 0}, n[i]);
    const std::string_view word = numbers[i].name;
    if (word == "nesterov") nesterov = n[i];
    if (word == "momentum") momentum = n[i];
    if (word == "dampening") dampening = n[i];
  }
  if (nesterov != 0 && (momentum <= 0 || dampening != 0))
    refuse(ErrorKind::Usage,
           {"Nesterov looks ahead along the momentum, which is ", short_number(momentum),
            dampening != 0 ? ", with a dampening of " : "", dampening != 0 ? short_number(dampening) : std::string()},
           {"Give a momentum such as 0.9, and no dampening."});
}
template <class Opt>
void check_optimizer(const std::string& name, [[maybe_unused]] const Settings& s, const OptimizerValues<Opt>& v) {
  if constexpr (requires { typename Opt::choices; }) {
    if (s.chosen_optimizer < 0 || s.chosen_optimizer >= static_cast<int>(Opt::choices::size))
      throw Error(ErrorKind::Usage,
                  "Settings::chosen_optimizer is " + std::to_string(s.chosen_optimizer) + ", and " + name + " has " +
                      std::to_string(Opt::choices::size) + " optimizers",
                  "They count from 0.");
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) check_optimizer(type_name<O>(), s, values_of_choice<O>(v));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
  } else {
    check_optimizer(name, Opt::option_numbers.data(), v.all.size(), v.all.data());
  }
}

/// The optimizers of groups, in each phase in which they hold.
template <class P>
void check_groups(const Settings& s) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (each_group<P, I>([&]<class Place>(Type<Place>, std::uint16_t) {
       check_optimizer(type_name<typename Place::group>(), s, numbers_of_phase<P, I, Place>(s));
     }),
     ...);
  }
  (std::make_index_sequence<P::phase_count>{});
}

}  // namespace detail

/// Throws Error(Usage) with the first number that makes no sense for R. Times in optimizer steps are judged where the
/// length of an epoch is known (misfit_times).
template <class R>
void check_settings(const Settings& s) {
  if (s.classes < 1) throw Error(ErrorKind::Usage, "the head needs a class count of at least 1");
  if (s.values.size() != hyperparameters<R>.size())
    detail::refuse(
        ErrorKind::Usage,
        {"the settings have ", s.values.size(), " numbers of policies, and the recipe has ", hyperparameters<R>.size()},
        {"They are of another recipe: begin with defaults<R>()."});
  for (const NamedNumber& n : named_numbers<R>()) check_number(n, s.values[n.at]);
  if (total_epochs<R>(s) != s.epochs)
    detail::refuse(ErrorKind::Usage,
                   {"the phases have ", total_epochs<R>(s), " epochs together, Settings::epochs is ", s.epochs},
                   {"The length of a recipe with phases is theirs: change phase-1-epochs, phase-2-epochs, ..."});
  const auto refuse = [](const char* what, double value) {
    detail::refuse(ErrorKind::Usage, {what, " is ", short_number(value, 9)}, {"See Settings for its range."});
  };
  detail::check_optimizer(type_name<typename R::optimizer>(), s, detail::common_values<typename R::parts>(s));
  if constexpr (R::parts::grouped) detail::check_groups<typename R::parts>(s);
  if (!detail::is_share(s.label_smoothing)) refuse("the label smoothing", s.label_smoothing);
  if (s.epochs < 1) refuse("the number of epochs", s.epochs);
  if (s.batch_size < 1) refuse("the batch size", s.batch_size);
  if constexpr (detail::output_count<typename R::model> == 1)
    detail::check_loss<typename R::loss>(s, s.label_smoothing);
  if constexpr (detail::differs_in_phases<typename R::parts, slots::Loss>) {
    const auto check_phase = [&]<class Phase>(Type<Phase>) {
      const double smoothing = detail::ValuesOfLoss<Phase>::smoothing(s);
      if (!detail::is_share(smoothing)) refuse("the label smoothing of a phase", smoothing);
      if constexpr (detail::output_count<typename R::model> == 1)
        detail::check_loss<typename Phase::loss>(s, smoothing);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (check_phase(Type<InPhase<R, I>>{}), ...); }
    (std::make_index_sequence<R::phase_count>{});
  }
  detail::check_rows<typename R::rows>(s);
  const auto check_side = [](int side) {
    if constexpr (detail::takes_tokens<typename R::model::input::first>)
      if (side < 1 || side > R::model::input::side)
        detail::refuse(ErrorKind::Usage, {"the network cannot take texts of ", side, " tokens"},
                       {"It was made for ", R::model::input::side, " at most."});
    if (!takes<typename R::model>(R::model::input::at(side)))
      detail::refuse(ErrorKind::Usage, {"the network cannot take pictures of ", side, " x ", side, " pixels"},
                     {"Give a larger side; the network was made for ", R::model::input::side, "."});
  };
  check_side(s.side);
  if constexpr (detail::differs_in_phases<typename R::parts, slots::Side>)
    [&]<std::size_t... I>(std::index_sequence<I...>) { (check_side(side_in<R, I>(s)), ...); }
  (std::make_index_sequence<R::phase_count>{});
  const auto refuse_time = [](void*, MisfitTime time) {
    if (time.refused) throw Error(ErrorKind::Usage, time.what, time.mend);
  };
  detail::judge_times<R>(s, 0, refuse_time, nullptr);
}

}  // namespace tuneit
