#pragma once
// What can be said of a recipe before it works, behind one type, so that the program around it is compiled once and not
// once per recipe.
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/data/augment/recipe_augment.hpp"
#include "tuneit/engine/any_trainer.hpp"
#include "tuneit/export/python/emit.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/metrics/measured.hpp"
#include "tuneit/recipe/numbers/run_times.hpp"
#include "tuneit/recipe/queries/check.hpp"
#include "tuneit/recipe/queries/lone_values.hpp"

namespace tuneit::app {

/// What can be asked without tensors, and how it begins to work.
struct RecipeInfo {
  std::string model, recipe;                 ///< names for people
  bool takes_targets = false;                ///< its loss can have a number for each output
  TargetKind targets = TargetKind::Classes;  ///< what its loss takes
  bool squares = false;                      ///< its loss is a mean of squares
  std::string loss;                          ///< its loss for programs, "CrossEntropy"
  std::string loss_name;                     ///< in words
  int outputs = 0;                           ///< of its head; 0: as many as the data wants
  std::string head;                          ///< the name of the last linear weight in its files
  Settings defaults;
  std::vector<NamedNumber> numbers;  ///< of its policies, in Settings::values
  std::string (*explain)(const Settings&);
  std::unique_ptr<AnyTrainer> (*start)(const Settings&);
  std::int64_t (*parameters)(bool frozen, int classes);
  std::int64_t (*features)(const Settings&);                ///< numbers that frozen blocks make of a picture, or 0
  std::string (*python)(const Settings&, python::Options);  ///< steps_per_epoch: batches
  std::size_t (*skipped_at_most)(const Settings&);          ///< pictures that cannot be read
  data::Augment (*augment)(const Settings&);                ///< of the training pictures, as the recipe says
  StepList (*steps)(const Settings&);                       ///< of which it is made
  TestViewKind test_views = TestViewKind::One;
  bool new_head = false;  ///< ReplaceHead: what the weights have there is another's, unless names say otherwise
  int channels = 3;       ///< of the pictures
  std::string teacher;    ///< whose soft targets it learns from (Distill), for people; or empty
  std::vector<weights::Expected> (*file)() = nullptr;                      ///< what a file of its weights holds
  std::int64_t (*file_bytes)(const Settings&, int classes) = nullptr;      ///< of its model as safetensors
  std::vector<MisfitTime> (*misfits)(const Settings&, long long batches);  ///< times that do not fit into the training
  bool (*lone_values)(int side);                         ///< does one picture give a batch norm one value per channel?
  void (*check)(const Settings&) = nullptr;              ///< throws Error for numbers that make no sense
  std::string (*pulls_back)(const Settings&) = nullptr;  ///< which policy pulls weights back to where they started
  std::string (*optimizer)(const Settings&) = nullptr;   ///< its name for people
  std::vector<std::string> train_metrics, test_metrics;  ///< what is measured beside loss and hits, by name
  std::vector<data::DataPhase> (*phases)(const Settings&) = nullptr;  ///< of the training pictures
  std::vector<int> (*sides)(const Settings&) = nullptr;               ///< of the pictures in each phase
  std::string canonical{};                                ///< the recipe's canonical text; empty where it has none
  std::string (*fingerprint)(const Settings&) = nullptr;  ///< in hexadecimal digits; null where it has none
  // what its command line is made from
  std::string optimizer_type{};                         ///< as one writes it, "AdamW<Lr<2e-4>>"
  std::span<const Hyperparameter> optimizer_numbers{};  ///< that are options of the program
  bool says_augment = false;                            ///< else the program's augmentation is --augment's default
  bool phased = false;                                  ///< its phases say how long they are
  bool smooths_labels = false;                          ///< its loss can
  int (*total_epochs)(const Settings&) = nullptr;
};

/// Does policy `P` pull weights back to where they started (`pulls`)? A concept: clang 19 takes no nested requirement
/// within a generic lambda.
template <class P>
concept Pulls = requires {
  requires P::pulls;
};

/// The policy that pulls weights back to where they started; empty where there is none, or its number is 0.
template <class R>
std::string pulls_back(const Settings& s) {
  std::string found;
  [[maybe_unused]] const auto one = [&]<class P>(Type<P>) {
    if constexpr (Pulls<P>)
      if (*values_of<R, P>(s) > 0)
        for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
          if (mask<typename R::model, typename P::selector>.at[i] && ever_trains<R>(i) &&
              plans<R>[0].rows[i].starts_from != Origin::Fresh)
            found = type_name<P>();
  };
  [&]<class... Ps>(List<Ps...>) { (one(Type<Ps>{}), ...); }(typename R::common{});
  return found;
}

template <class... Ms>
std::vector<std::string> metric_names(List<Ms...>) {
  return {std::string(Ms::name)...};
}

/// What can be said of a recipe before it works.
template <class R>
RecipeInfo info_of() {
  using Model = typename R::model;
  RecipeInfo info{
      type_name<typename R::root>(),
      type_name<R>(),
      target_kind<typename R::loss> != TargetKind::Classes,
      target_kind<typename R::loss>,
      tuneit::detail::is_of_squares<typename R::loss>,
      tuneit::detail::loss_name<typename R::loss>(),
      tuneit::detail::loss_text<R>(defaults<R>()),
      R::new_classes == Dynamic ? 0 : defaults<R>().classes,
      {},
      defaults<R>(),
      named_numbers<R>(),
      [](const Settings& s) { return explain<R>(s); },
      [](const Settings& s) -> std::unique_ptr<AnyTrainer> { return any_trainer<R>(s); },
      &count_parameters<R>,
      [](const Settings& s) { return feature_count<R>(s.side); },
      [](const Settings& s, python::Options o) {
        o.steps_per_epoch = steps_of_batches<R>(s, o.steps_per_epoch);
        return emit_python<R>(s, o);
      },
      &tuneit::skipped_at_most<R>,
      [](const Settings& s) { return data::train_augment<R>(s); },
      &train_steps<R>,
      R::test_views::kind,
      R::new_classes != 0,
      Model::input::channels,
      tuneit::detail::teacher_name<R>(),
      &expected_of_file<Model>,
      [](const Settings& s, int classes) {
        return file_bytes<Model>(classes, s.precision == PrecisionKind::Double ? 8 : 4);
      },
      [](const Settings& s, long long batches) { return misfit_times<R>(s, steps_of_batches<R>(s, batches)); },
      &lone_values_at<R>,
      &check_settings<R>,
      &pulls_back<R>,
      &tuneit::detail::optimizer_title<typename R::optimizer>,
      metric_names(tuneit::detail::trained_metrics<R>{}),
      metric_names(tuneit::detail::tested_metrics<R>{}),
      [](const Settings& s) { return data::train_phases<R>(s); },
      [](const Settings& s) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) { return std::vector<int>{side_in<R, I>(s)...}; }
        (std::make_index_sequence<R::phase_count>{});
      }};
  if constexpr (fingerprint_verdict<R>::accepted) {
    info.canonical = canonical_text<R>();
    info.fingerprint = [](const Settings& s) { return tuneit::fingerprint<R>(s).hex(); };
  }
  info.optimizer_type = type_name<typename R::optimizer>();
  info.optimizer_numbers = R::optimizer::option_numbers;
  info.says_augment = tuneit::detail::says_augment<R>;
  info.phased = !std::is_void_v<typename R::phased>;
  info.smooths_labels =
      tuneit::detail::SmoothsLabels<typename R::loss> && target_kind<typename R::loss> == TargetKind::Classes;
  info.total_epochs = &total_epochs<R>;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (table<Model>.rows[i].owner == Owner::Linear && table<Model>.rows[i].kind == Kind::Weight)
      info.head = std::string(table<Model>.name(i));
  return info;
}

}  // namespace tuneit::app
