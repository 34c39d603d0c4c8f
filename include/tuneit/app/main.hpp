#pragma once
// A whole program from a recipe: `int main(int argc, char** argv) { return tuneit::main<Hotdog>(argc, argv); }`.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include "tuneit/meta/macros_begin.hpp"
//
#include "tuneit/app/recipe_info.hpp"
#ifdef TUNEIT_SEPARATE_PROGRAM  // what does not depend on the recipe is another translation unit's: app/separate.hpp
namespace tuneit::app {
int separate_program(int argc, char** argv, const RecipeInfo& kind);
}
#else
#include "tuneit/app/program.hpp"
#endif

namespace tuneit {

/// Fine-tunes with R what the command line names. Its options are made from the recipe: every number can be changed,
/// with its unit and range, the structure cannot (`--help`). Returns the exit status: 0, or what was wrong
/// (docs/errors.md).
template <class R>
int main(int argc, char** argv) {
  const app::RecipeInfo info = app::info_of<R>();
#ifdef TUNEIT_SEPARATE_PROGRAM
  return app::separate_program(argc, argv, info);
#else
  return app::program(argc, argv, info);
#endif
}

}  // namespace tuneit

#include "tuneit/meta/macros_end.hpp"
#endif  // C++20
