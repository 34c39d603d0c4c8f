#pragma once
// What does the program write instead of training: the PyTorch script of its recipe, or a picture of its samples?
#include <iostream>
#include <string>

#include "tuneit/app/data/transforms.hpp"
#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/data/contact_sheet.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/image/write_png.hpp"

namespace tuneit::app::detail {

/// Writes the PyTorch script of the recipe.
inline void emit(const Options& o, const RecipeInfo& kind, Settings s, std::size_t pictures) {
  const auto batch = static_cast<std::size_t>(s.batch_size);
  const auto batches = static_cast<long long>((pictures + batch - 1) / batch);
  if (o.warmup_epochs >= 0) s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(batches));
  const std::string script = kind.python(s, {.augment = o.augment == "recipe" ? "" : o.augment,
                                             .steps_per_epoch = batches,
                                             .scratch = o.scratch,
                                             .test_views = o.test_views});
  if (o.script.empty()) {
    std::cout << script;
    return;
  }
  io::atomic_write(o.script, script);
  std::cout << "The script is " << o.script << "\n";
}

/// Writes a picture of some samples.
inline void show_data(const Options& o, const RecipeInfo& kind, const data::Dataset& dataset) {
  const data::SheetOptions sheet{.seed = o.settings.seed,
                                 .views = static_cast<std::uint64_t>(o.settings.views),
                                 .exif_orientation = o.exif_orientation};
  io::write_png(o.show_data, data::contact_sheet(dataset.train, train_augment(o, kind), test_augment(o, kind), sheet));
  std::cout << o.show_data << " shows some training pictures: whole, as in tests, and as in the first "
            << sheet.versions << " epochs\n";
}

}  // namespace tuneit::app::detail
