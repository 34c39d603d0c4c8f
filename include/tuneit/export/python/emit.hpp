#pragma once
// A recipe writes its PyTorch twin: a complete script that does the same training, made from the plan. It is the oracle
// of the parity tests, and a bridge for people who come from Python. docs/python.md
#include <optional>
#include <string>

#include "tuneit/export/python/head.hpp"
#include "tuneit/export/python/parts.hpp"
#include "tuneit/export/python/script.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/numbers/timeline.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"
#include "tuneit/recipe/queries/check.hpp"
#include "tuneit/recipe/queries/names.hpp"

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

/// May it stand in a phase of a script? What edits plans, options of the optimizer, and a schedule and a warm-up.
template <class Item>
constexpr bool written_in_phase() {
  if constexpr (tuneit::detail::IsOptimizerOption<Item>)
    return true;
  else if constexpr (tuneit::detail::TakesSlot<Item, slots::Schedule> ||
                     tuneit::detail::TakesSlot<Item, slots::Warmup> ||
                     tuneit::detail::TakesSlot<Item, slots::TrainOnly>)
    return true;
  else if constexpr (requires { typename Item::slot; })
    return false;
  else
    return !tuneit::detail::Acts<Item>::value;
}

/// Refuses what a phase has beside.
template <class... Items>
void check_phase(List<Items...>) {
  [[maybe_unused]] const auto one = []<class Item>(Type<Item>) {
    if constexpr (!written_in_phase<Item>())
      throw Error(ErrorKind::Usage,
                  "nobody knows how to write phases with " + type_name<Item>() + " as a PyTorch script",
                  "Say it beside Phases<...>, or train with this program.");
  };
  (one(Type<Items>{}), ...);
}
template <class... Phases>
void check_phases(List<Phases...>) {
  (check_phase(typename Phases::items{}), ...);
}

/// Refuses what several inputs or targets, or targets of pixels, do not go with.
inline void check_beside(const ScriptView& v) {
  const bool more = !v.inputs.empty() || !v.losses.targets.empty() || v.losses.pixels;
  const bool mixed = v.extras.mix != MixKind::None;
  const char* what = mixed && !v.losses.items.empty() && v.losses.loss.mixes_targets
                         ? "mixed batches (Mixup, CutMix) of several losses, one of which takes mixed targets,"
                     : more && mixed ? "mixed batches (Mixup, CutMix) of several inputs or targets, or of pixels,"
                     : !v.losses.items.empty() && v.losses.loss.weighs_classes && v.extras.accumulate > 1
                         ? "Accumulate where one of several losses weighs classes (ClassWeights)"
                         : nullptr;
  if (what != nullptr)
    throw Error(ErrorKind::Usage, "nobody knows how to write " + std::string(what) + " as a PyTorch script",
                "Leave it out, or train with this program.");
}

}  // namespace detail
}  // namespace python

/// The script of a recipe under run-time numbers. Throws Error(Usage) for numbers outside of their range, where two
/// tensors have one name, and where something of the recipe cannot be written: a layer of one's own without
/// write_python, a step-by-step schedule of one's own without python::Factor and without Options::steps_per_epoch.
template <class R>
std::string emit_python(const Settings& s = defaults<R>(), const python::Options& options = {}) {
  using Model = typename R::model;
  check_settings<R>(s);
  detail::check_names(table<Model>.rows, table<Model>.size, table<Model>.pool);
  using P = typename R::parts;
  if constexpr (!std::is_void_v<typename R::phased>) python::detail::check_phases(typename R::phases::list{});
  if (P::grouped && s.precision == PrecisionKind::Half)
    throw Error(ErrorKind::Usage,
                "nobody knows how to write groups of tensors (GroupOf) in FP16 as a PyTorch script: GradScaler drops "
                "steps of each optimizer by itself",
                "Choose another precision for the script, or train with this program.");
  const python::ModuleText network = python::network_of<R>();
  python::ScriptView v;
  v.recipe = python::detail::recipe_text<R>();
  if constexpr (fingerprint_verdict<R>::accepted) v.recipe += "fingerprint " + fingerprint<R>(s).hex() + "\n";
  v.model = type_name<typename R::root>();
  v.pictures = Model::input::channels == 3 && Model::input::side > 1 &&
               !tuneit::detail::takes_tokens<typename Model::input::first>;
  v.classes = s.classes;
  v.side = s.side;
  v.batch_size = s.batch_size;
  v.views = s.views;
  v.seed = std::to_string(s.seed);
  v.precision = s.precision;
  v.tf32 = std::is_same_v<typename R::precision, TF32>;
  v.augment = python::augment_of(options.augment.empty() ? train_steps<R>(s) : named_steps(options.augment),
                                 options.test_views.value_or(R::test_views::kind));
  v.phased = !std::is_void_v<typename R::phased>;
  v.grouped = P::grouped;
  v.plan = python::plan_text<R>(s, network);
  if (python::in_transformers<R>)
    std::erase_if(v.plan.tensors, [&](const python::TensorView& t) {
      const auto& rows = table<Model>;
      for (std::size_t i = 0; i < rows.size; ++i)
        if (rows.rows[i].is_tied() && rows.name(i) == t.name) return true;
      return false;
    });
  v.parts = python::parts_of<R>(s, options.steps_per_epoch, v.plan);
  if (options.scratch)
    for (python::TensorView& t : v.plan.tensors) t.fresh = true;
  v.losses = python::losses_view<R>(s);
  v.extras = python::extras_view<R>(s, v.plan);
  [&]<class... Others>(List<Others...>) {
    (v.inputs.emplace_back(Others::name.data(), Others::name.size()), ...);
  }(typename Model::input::others{});
  v.indices = Model::input::at(Model::input::side).dtype != ElementType::Number;
  v.pictures = v.pictures && v.inputs.empty() && v.losses.targets.empty() && !v.losses.pixels;
  python::detail::check_beside(v);
  python::write_model<R>(v, network);
  return python::script(v);
}

}  // namespace tuneit
