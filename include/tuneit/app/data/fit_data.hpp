#pragma once
// Does the data have what the recipe learns: classes, labels or numbers, and as many as its head has outputs?
#include <algorithm>
#include <string>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// Outputs that a model for this data has: one for each class or target; of two classes one alone, where the recipe's
/// head has one and its loss takes it so.
inline int outputs_for(const data::Dataset& data, const RecipeInfo& kind) {
  const int columns = static_cast<int>(data.classes.size());
  const bool one_for_two =
      kind.outputs == 1 && columns == 2 && !has_targets(data) && kind.targets == TargetKind::MultiLabel;
  return one_for_two ? 1 : columns;
}

/// "red, bright and 3 more"
inline std::string names_text(const std::vector<std::string>& names, std::size_t most = 8) {
  std::string text;
  const std::size_t shown = names.size() <= most ? names.size() : most - 1;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + io::quote(names[i]);
  return text + (shown < names.size() ? " and " + std::to_string(names.size() - shown) + " more" : "");
}

/// "3 classes", "1 target column"
inline std::string columns_text(const data::Dataset& data) {
  return has_targets(data) ? data::detail::count_text(data.classes.size(), "target column")
                           : std::to_string(data.classes.size()) + (data.classes.size() == 1 ? " class" : " classes");
}

namespace detail {

/// Targets of a loss that takes probabilities are in [0, 1].
inline void check_probabilities(const std::vector<data::Sample>& samples, const std::vector<std::string>& names,
                                const std::string& loss) {
  for (const data::Sample& s : samples)
    for (std::size_t k = 0; k < s.targets.size(); ++k)
      if (!(0 <= s.targets[k] && s.targets[k] <= 1))
        throw Error(ErrorKind::Data,
                    "the target " + short_number(static_cast<double>(s.targets[k])) + " in the column " +
                        io::quote(names[k]) + " of the picture " + io::quote(s.path, 400) + " is not in 0 to 1",
                    "The recipe's loss (" + loss +
                        ") takes 0 for no, 1 for yes, and what is between; numbers of any size are for "
                        "MeanSquaredError.");
}

}  // namespace detail

/// Throws Error(Usage or Data) where the recipe cannot learn this data, before anything else is done.
inline void check_fit(const data::Dataset& data, const RecipeInfo& kind) {
  const bool targets = has_targets(data);
  if (targets && !kind.takes_targets)
    throw Error(ErrorKind::Usage, "this recipe learns classes, and --target-columns are numbers to predict",
                "Give a recipe with BinaryCrossEntropy, MeanSquaredError, Focal or CrossEntropy<SoftTargets>, or "
                "--label-column.");
  if (!targets && kind.targets == TargetKind::Values)
    throw Error(ErrorKind::Usage,
                "this recipe predicts numbers (its loss is " + kind.loss_name + "), and the data has classes",
                "Give a table, and --target-columns with the names of its columns of numbers; classes are for "
                "CrossEntropy.");
  if (targets && kind.targets != TargetKind::Values) {
    detail::check_probabilities(data.train, data.classes, kind.loss_name);
    detail::check_probabilities(data.test, data.classes, kind.loss_name);
  }
  if (targets && are_of_classes(kind.targets) && data.classes.size() == 1)
    throw Error(ErrorKind::Usage,
                "this recipe learns which of several classes a picture is, and there is one column of targets",
                "Name a column for each class; one label by itself is for BinaryCrossEntropy.");
}

/// Throws Error(Usage) where the recipe's head has a number of outputs of its own, and it is another one.
inline void check_head(const data::Dataset& data, const RecipeInfo& kind) {
  const int wanted = outputs_for(data, kind);
  if (kind.outputs == 0 || kind.outputs == wanted) return;
  throw Error(ErrorKind::Usage,
              "the recipe's head has " + data::detail::count_text(static_cast<std::size_t>(kind.outputs), "output") +
                  ", and the data has " + columns_text(data),
              "ReplaceHead<Dynamic> takes as many as there are.");
}

}  // namespace tuneit::app
