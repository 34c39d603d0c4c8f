#pragma once
// A recipe writes its PyTorch twin: a complete script that does the same training, made from the plan. It is the oracle
// of the parity tests, and a bridge for people who come from Python. docs/python.md
#include <optional>
#include <string>

#include "tuneit/export/python/head.hpp"
#include "tuneit/export/python/script.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"
#include "tuneit/recipe/queries/check.hpp"

namespace tuneit {
namespace python {

/// What the recipe does not say.
struct Options {
  std::string augment{};                     ///< transforms of the pictures by name (named_steps); empty: the recipe's
  long long steps_per_epoch = 0;             ///< for schedules that can only be written as a table; 0: not known
  bool scratch = false;                      ///< everything starts from random numbers, whatever the recipe says
  std::optional<TestViewKind> test_views{};  ///< nothing: the recipe's
};

namespace detail {

/// Model and policies as one writes them, a line for each.
template <class R>
std::string recipe_text() {
  std::string text = "Finetune<" + type_name<typename R::root>();
  [&]<class... Ps>(List<Ps...>) { ((text += ",\n         " + type_name<Ps>()), ...); }(typename R::policies{});
  text = replaced(replaced(text, "ReplaceHead<-1", "ReplaceHead<Dynamic"), ", Phase<", ",\n                Phase<");
  return wrapped(text + ">\n", 108, 17);
}

template <class R, std::size_t I>
PhaseView phase_view(const Settings& s, long long spe) {
  using P = typename R::parts;
  using Items = typename tuneit::detail::phase_t<P, I>::items;
  using OwnWarmup = tuneit::detail::pick_from_t<slots::Warmup, void, Items>;
  using OwnSchedule = tuneit::detail::pick_from_t<slots::Schedule, void, Items>;
  const double* const values = s.values.data();
  PhaseView v;
  v.epochs = total_epochs<R>(s);
  if constexpr (!std::is_void_v<typename R::phased>)
    v.epochs = static_cast<int>(values[tuneit::detail::phase_offset<P, I>]);
  v.numbers = optimizer_of(s, tuneit::detail::numbers_of_phase<P, I>(s)).numbers;
  long long warmup_steps = 0;
  if constexpr (!std::is_void_v<OwnWarmup> || !std::is_void_v<OwnSchedule>) {
    std::string warmup;
    if constexpr (!std::is_void_v<OwnWarmup>)
      warmup = warmup_text<OwnWarmup>(values + tuneit::detail::phase_item_offset<P, I, OwnWarmup>, spe, warmup_steps);
    if constexpr (!std::is_void_v<OwnSchedule>)
      v.time = time_text<OwnSchedule>(values + tuneit::detail::phase_item_offset<P, I, OwnSchedule>, s, v.epochs, spe,
                                      warmup, warmup_steps);
    v.time.warmup = warmup;
    v.time.own = true;
  } else {
    using W = typename R::warmup;
    using S = typename R::schedule;
    std::string warmup;
    if (s.warmup_steps < 0)
      warmup = warmup_text<W>(values + tuneit::detail::number_offset<P, W>, spe, warmup_steps);
    else if ((warmup_steps = s.warmup_steps) > 0)
      warmup = whole(s.warmup_steps);
    v.time =
        time_text<S>(values + tuneit::detail::number_offset<P, S>, s, total_epochs<R>(s), spe, warmup, warmup_steps);
  }
  return v;
}

}  // namespace detail
}  // namespace python

/// The script of a recipe under run-time numbers. Throws Error(Usage) for numbers outside of their range, and where
/// something of the recipe cannot be written: a layer of one's own without write_python, a step-by-step schedule of
/// one's own without python::Factor and without Options::steps_per_epoch.
template <class R>
std::string emit_python(const Settings& s = defaults<R>(), const python::Options& options = {}) {
  using Model = typename R::model;
  check_settings<R>(s);
  using P = typename R::parts;
  if constexpr (detail::data_differs<P> || detail::changes_optimizer<R> || detail::differs_in_phases<P, slots::Loss> ||
                detail::some_phase_acts(typename P::phases::list{}))
    throw Error(ErrorKind::Usage,
                "nobody knows how to write phases with batches, pictures, optimizers, losses or acting policies of "
                "their own (BatchSize, Side, Augment, AdamW<...>, CrossEntropy<...>, ClipNorm, Mixup) as a PyTorch "
                "script",
                "Say them beside Phases<...>, or train with this program.");
  if constexpr (P::grouped)
    throw Error(ErrorKind::Usage, "nobody knows how to write groups of tensors (GroupOf) as a PyTorch script",
                "Drop them for the script, or train with this program.");
  const python::ModuleText network = python::network_of<R>();
  python::ScriptView v;
  v.recipe = python::detail::recipe_text<R>();
  if constexpr (fingerprint_verdict<R>::accepted) v.recipe += "fingerprint " + fingerprint<R>(s).hex() + "\n";
  v.model = type_name<typename R::root>();
  v.pictures = Model::input::channels == 3 && Model::input::side > 1;
  v.classes = s.classes;
  v.side = s.side;
  v.batch_size = s.batch_size;
  v.views = s.views;
  v.seed = std::to_string(s.seed);
  v.precision = s.precision;
  v.optimizer = python::optimizer_of(s, detail::common_values<typename R::parts>(s));
  v.augment = python::augment_of(options.augment.empty() ? train_steps<R>(s) : named_steps(options.augment),
                                 options.test_views.value_or(R::test_views::kind));
  v.phased = !std::is_void_v<typename R::phased>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (v.phases.push_back(python::detail::phase_view<R, I>(s, options.steps_per_epoch)), ...);
  }
  (std::make_index_sequence<R::phase_count>{});
  v.plan = python::plan_text<R>(s, network);
  if (options.scratch)
    for (python::TensorView& t : v.plan.tensors) t.fresh = true;
  v.loss = python::loss_view(loss_numbers<R>(s));
  v.extras = python::extras_view<R>(s, v.plan);
  python::write_model<R>(v, network);
  return python::script(v);
}

}  // namespace tuneit
