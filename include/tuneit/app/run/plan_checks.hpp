#pragma once
// What a person should know before a training begins, once data and recipe are known: what the program refuses, and
// what it notes beside the plan.
#include <algorithm>
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/slow_choices.hpp"

namespace tuneit::app {

/// Throws Error(Usage) for options that this recipe has no use for.
inline void check_options(const Options& o, const RecipeInfo& kind) {
  if (o.keep_head && !kind.new_head)
    throw Error(ErrorKind::Usage,
                "--keep-head is for recipes that give the network a new head, and this one keeps it anyway",
                "Leave --keep-head out.");
  const bool trains = !o.evaluate && !o.emits && o.show_data.empty();
  if (trains && !kind.teacher.empty() && o.teacher_weights.empty())
    throw Error(ErrorKind::Usage,
                "the recipe learns from a teacher, " + kind.teacher + ", and its weights are not named",
                "Give --teacher-weights FILE.");
}

/// Notes for the plan of a training on `pictures` pictures. Throws Error(Usage) for what cannot be meant: a warm-up as
/// long as the training, random weights that would stay frozen, batches of one picture that no batch norm can use.
inline std::vector<std::string> plan_notes(const Options& o, const RecipeInfo& kind, std::size_t pictures) {
  const Settings& s = o.settings;
  if (o.scratch && kind.parameters(true, s.classes) > 0)
    throw Error(ErrorKind::Usage,
                "--scratch starts from random weights, and this recipe freezes some of them, which would stay random",
                "Start from --weights, or use a recipe that freezes nothing.");
  if (const std::string pull = o.scratch ? kind.pulls_back(s) : std::string(); !pull.empty())
    throw Error(ErrorKind::Usage,
                "--scratch starts from random weights, and " + pull + " would pull the network back to them",
                "Start from --weights, or turn the pull off: --l2sp 0.");
  kind.check(s);
  std::vector<std::string> notes;
  const auto batch = static_cast<std::size_t>(s.batch_size);
  const auto batches = static_cast<long long>((pictures + batch - 1) / batch);
  for (const MisfitTime& time : kind.misfits(s, batches)) {
    if (time.refused) throw Error(ErrorKind::Usage, time.what, time.mend);
    notes.push_back(time.what);
  }
  if (kind.lone_values(s.side)) {
    const std::string why = "of pictures of " + std::to_string(s.side) + " x " + std::to_string(s.side) +
                            " pixels a batch of one picture gives batch norms one value per channel";
    if (batch == 1 || pictures == 1)
      throw Error(ErrorKind::Usage, why + ", which has no variance: nothing can be trained",
                  "Give a larger --batch-size or --image-size.");
    if (pictures % batch == 1)
      notes.push_back("the last batch of each epoch has one picture and is left out: " + why +
                      " (another --batch-size "
                      "leaves none over)");
  }
  for (std::string& note : slow_choices(o, kind)) notes.push_back(std::move(note));
  return notes;
}

}  // namespace tuneit::app
