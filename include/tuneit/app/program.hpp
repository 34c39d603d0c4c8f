#pragma once
// The program around a recipe, whichever it is: its command line, and what it does.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include "tuneit/app/guarded.hpp"
#include "tuneit/app/options/command_line.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/run.hpp"

namespace tuneit::app {

/// tuneit::main<R> behind RecipeInfo: nothing in here is compiled for R. Returns the exit status.
inline int program(int argc, char** argv, const RecipeInfo& kind) {
  Options o;
  o.settings = kind.defaults;
  o.name = kind.model;
  if (kind.says_augment) o.augment = "recipe";
  o.test_views = kind.test_views;
  CLI::App app{"Fine-tunes on your own pictures with the recipe\n  " + kind.recipe};
  double cache_gigabytes = 0;
  add_common_options(app, o, cache_gigabytes);
  add_recipe_options(app, o, kind);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ErrorKind::Usage);
  }
  const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "tuneit";
  return guarded(name.c_str(), [&] {
    note_given(app, o);
    o.settings.cache_bytes = static_cast<std::int64_t>(std::min(cache_gigabytes, 1e6) * 0x1p30);
    o.settings.epochs = kind.total_epochs(o.settings);
    complete(o);
    at::set_num_threads(o.threads);
    run(o, kind);
  });
}

}  // namespace tuneit::app
