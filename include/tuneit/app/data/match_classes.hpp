#pragma once
// Do the data's classes (labels, numbers) belong to the model's outputs, and which to which? For tests, and for going
// on with a head.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/app/data/fit_data.hpp"
#include "tuneit/app/data/known_model.hpp"
#include "tuneit/app/data/match_names.hpp"
#include "tuneit/app/data/preprocessing.hpp"
#include "tuneit/app/data/test_part.hpp"
#include "tuneit/version.hpp"

namespace tuneit::app {

/// What is learned of such data, in a card's words.
inline std::string learned_kind(const data::Dataset& data, const RecipeInfo& kind) {
  if (!has_targets(data) || are_of_classes(kind.targets)) return "classes";
  return kind.targets == TargetKind::Values ? "numbers" : "labels";
}

/// The card of the model that a training on this data makes.
inline io::ModelCard card_of(const Options& o, const RecipeInfo& kind, const data::Dataset& data) {
  io::ModelCard card;
  card.library = std::to_string(TUNEIT_VERSION_MAJOR) + "." + std::to_string(TUNEIT_VERSION_MINOR) + "." +
                 std::to_string(TUNEIT_VERSION_PATCH);
  card.model = kind.model;
  card.head = kind.head;
  card.outputs = o.settings.classes;
  card.channels = kind.channels;
  card.learns = learned_kind(data, kind);
  card.loss = kind.loss;
  card.names = data.classes;
  card.preprocessing = preprocessing_of(o, kind);
  card.trained_on = trained_on(o, data);
  return card;
}

/// The metadata of the weights that a training writes.
inline std::map<std::string, std::string> metadata_of(const Options& o, const RecipeInfo& kind,
                                                      const data::Dataset& data, const std::string& recipe,
                                                      const std::string& fingerprint = "") {
  std::map<std::string, std::string> all{{"format", "pt"},
                                         {"model", o.name},
                                         {"tuneit.recipe", recipe},
                                         {io::model_card_key, io::text_of(card_of(o, kind, data))}};
  if (!fingerprint.empty()) {
    all["tuneit.canonical_recipe"] = io::utf8_text(kind.canonical);
    all["tuneit.fingerprint"] = fingerprint;
  }
  return all;
}

/// Gives the data the names of the model, in their order: labels and targets follow. All names must have a place, and
/// where there are targets none may be absent.
inline void rename_as(data::Dataset& data, const NamesMatch& match, const std::vector<std::string>& model) {
  for (std::vector<data::Sample>* part : {&data.train, &data.test}) {
    for (data::Sample& sample : *part) {
      if (sample.targets.empty()) {
        sample.label = static_cast<int>(match.place[static_cast<std::size_t>(sample.label)]);
        continue;
      }
      const std::vector<float> targets = sample.targets;
      for (std::size_t d = 0; d < targets.size(); ++d) sample.targets[match.place[d]] = targets[d];
    }
    std::sort(part->begin(), part->end(), data::by_label_and_path);
  }
  std::vector<data::ClassShare> shares(data.shares.empty() ? 0 : model.size());
  for (std::size_t d = 0; d < data.shares.size(); ++d) shares[match.place[d]] = data.shares[d];
  data.shares = std::move(shares);
  data.classes = model;
}

/// "names of classes that are spelled otherwise ...", where there are some.
inline void note_alike(const NamesMatch& match, const data::Dataset& data, const std::vector<std::string>& model,
                       std::vector<std::string>& notes) {
  std::string text;
  const std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, match.alike.size()); ++i) {
    const std::size_t d = match.alike[i];
    text += (i == 0 ? "" : ", ") + io::quote(data.classes[d]) + " is taken for the class " +
            io::quote(model[match.place[d]]) + " (they differ in " +
            io::difference_of(data.classes[d], model[match.place[d]]) + ")";
  }
  if (match.alike.size() > most) text += " and " + std::to_string(match.alike.size() - most) + " more";
  if (!text.empty()) notes.push_back("names of the data are spelled otherwise than the model's: " + text);
}

namespace detail {

/// "output 0 is taken for 'cat', 1 for 'dog'".
inline std::string assumed_order(const std::vector<std::string>& names, int outputs) {
  if (outputs == 1 && names.size() == 2)
    return "a positive output is taken for " + io::quote(names[1]) + ", a negative one for " + io::quote(names[0]);
  std::string text;
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
    text +=
        (i == 0 ? "output " : ", ") + std::to_string(i) + (i == 0 ? " is taken for " : " for ") + io::quote(names[i]);
  return text + (names.size() > most ? " and so on" : "");
}

inline void check_kind(const Options& o, const KnownModel& known, const data::Dataset& data, const RecipeInfo& kind) {
  const std::string wanted = learned_kind(data, kind);
  if (known.card.learns.empty() || known.card.learns == wanted) return;
  throw Error(ErrorKind::Usage,
              "the model in " + o.weights + " was trained for " + known.card.learns +
                  ", and this data and recipe are for " + wanted,
              "Give data and a recipe of that kind.");
}

}  // namespace detail

/// For a test: matches the names of the data with those of the model, which are then the data's. `outputs`: of the
/// file's head, 0 if unknown. Returns whether the outputs can be judged; where not, nothing is changed and --logits
/// writes them as they are. Throws Error(Usage) where there is nothing else to do. Notes go to `known`.
inline bool match_for_test(const Options& o, const RecipeInfo& kind, int outputs, data::Dataset& data,
                           KnownModel& known) {
  const bool targets = has_targets(data), writes = !o.logits.empty();
  const int wanted = outputs_for(data, kind);
  const std::string logits = ", or --logits FILE to write the outputs without judging them.";
  const auto refuse_count = [&] {
    throw Error(ErrorKind::Usage,
                "the model in " + o.weights + " has " +
                    data::detail::count_text(static_cast<std::size_t>(outputs), "output") + ", and the data has " +
                    columns_text(data),
                std::string(targets ? "Name the columns that it was trained for, in their order"
                                    : "Give data with the same class folders") +
                    logits);
  };
  detail::check_kind(o, known, data, kind);
  const std::vector<std::string>& model = known.card.names;
  if (model.empty()) {  // numbers are all there is
    const bool same = outputs == 0 || outputs == wanted;
    if (!same && !writes) refuse_count();
    if (same)
      known.notes.push_back(
          "the weights do not say which class is which: " + detail::assumed_order(data.classes, wanted) +
          (targets ? " (the order of --target-columns)" : " (the order of the names)"));
    else
      known.notes.push_back(
          "the weights have " + data::detail::count_text(static_cast<std::size_t>(outputs), "output") +
          ", which they do not name, and the data has " + columns_text(data) + ", so that nothing is judged");
    return same;
  }
  const NamesMatch match = match_names(data.classes, model);
  if (!match.unknown.empty() || (targets && !match.absent.empty())) {
    if (writes) {
      known.notes.push_back(
          "the data's names are not the model's, so that nothing is judged; output by output it has " +
          names_text(model));
      return false;
    }
    if (targets && outputs > 0 && outputs != wanted) refuse_count();
    throw Error(ErrorKind::Usage,
                "the model in " + o.weights + " does not know " +
                    (targets ? "all of the data's columns, or wants more:\n"
                             : "all of the data's classes; it was trained for others:\n") +
                    side_by_side(match, data.classes, model),
                (targets ? "Name the columns that it was trained for" : "Rename or remove the class folders") + logits);
  }
  note_alike(match, data, model, known.notes);
  if (!match.absent.empty()) {
    std::vector<std::string> absent;
    for (const std::size_t m : match.absent) absent.push_back(model[m]);
    known.notes.push_back("of the model's " + std::to_string(model.size()) + " classes the data has " +
                          std::to_string(model.size() - absent.size()) + "; not tested: " + names_text(absent));
  }
  rename_as(data, match, model);
  return true;
}

/// For a training that starts from weights: does their head go on? Where a recipe makes a new head that is so if the
/// weights are of the same classes by name (or --keep-head says so); the data's classes then get the model's order. A
/// head that a recipe keeps must be of these classes. Throws Error(Usage) where it is not. Notes go to `known`.
inline bool match_for_training(const Options& o, const RecipeInfo& kind, data::Dataset& data, KnownModel& known) {
  const std::vector<std::string>& model = known.card.names;
  const bool same_kind = known.card.learns.empty() || known.card.learns == learned_kind(data, kind);
  const NamesMatch match = match_names(data.classes, model);
  const bool same = !model.empty() && same_kind && match.same();
  const std::string classes = has_targets(data) ? "columns" : "classes";
  if (!kind.new_head) {
    if (model.empty()) return false;
    if (!same)
      throw Error(ErrorKind::Usage,
                  "the recipe keeps the head of the model in " + o.weights + ", which was trained for other " +
                      classes + ":\n" + side_by_side(match, data.classes, model),
                  "Give data of its " + classes + ", or a recipe with ReplaceHead.");
  } else if (model.empty()) {
    if (o.keep_head)
      known.notes.push_back("--keep-head: the head of the weights goes on; " +
                            detail::assumed_order(data.classes, outputs_for(data, kind)));
    return o.keep_head;
  } else if (!same) {
    const std::size_t common = data.classes.size() - match.unknown.size();
    const std::string others = "the weights are of a model for other " + (same_kind ? classes : known.card.learns) +
                               " (" + names_text(model) + ")";
    if (o.keep_head)
      throw Error(ErrorKind::Usage,
                  others + ", so that its head cannot go on\n" + side_by_side(match, data.classes, model),
                  "Leave --keep-head out: a new head then starts from random numbers.");
    known.notes.push_back(others +
                          (common > 0 && same_kind ? ", " + std::to_string(common) + " of them the data's" : "") +
                          ": the head starts anew");
    return false;
  } else if (!known.card.head.empty() && known.card.head != kind.head) {
    known.notes.push_back("the weights are of these classes, but their head is built otherwise (" + known.card.head +
                          ", not " + kind.head + "): it starts anew");
    return false;
  }
  note_alike(match, data, model, known.notes);
  rename_as(data, match, model);
  known.notes.push_back("the weights are of a model for these " + classes +
                        ": its head goes on, and they keep its order, " + names_text(model));
  return kind.new_head;
}

}  // namespace tuneit::app
