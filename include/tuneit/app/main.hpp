#pragma once
// A whole program from a recipe: `int main(int argc, char** argv) { return tuneit::main<Hotdog>(argc, argv); }`.
#if __cplusplus < 202002L
#include "tuneit/meta/cpp20.hpp"
#else
#include "tuneit/meta/macros_begin.hpp"
//
#include "tuneit/app/options/command_line.hpp"
#include "tuneit/app/run/run.hpp"

namespace tuneit {

/// Fine-tunes with R what the command line names. Its options are made from the recipe: every number can be changed,
/// with its unit and range, the structure cannot (`--help`). Returns the exit status: 0, or what was wrong
/// (docs/errors.md).
template <class R>
int main(int argc, char** argv) {
  app::Options o;
  o.settings = defaults<R>();
  o.name = type_name<typename R::root>();
  if (detail::says_augment<R>) o.augment = "recipe";
  o.test_views = R::test_views::kind;
  CLI::App app{"Fine-tunes on your own pictures with the recipe\n  " + type_name<R>()};
  double cache_gigabytes = 0;
  app::add_common_options(app, o, cache_gigabytes);
  app::add_recipe_options<R>(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ErrorKind::Usage);
  }
  const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "tuneit";
  return app::guarded(name.c_str(), [&] {
    app::note_given(app, o);
    o.settings.cache_bytes = static_cast<std::int64_t>(std::min(cache_gigabytes, 1e6) * 0x1p30);
    o.settings.epochs = total_epochs<R>(o.settings);
    app::complete(o);
    at::set_num_threads(o.threads);
    app::run(o, app::info_of<R>());
  });
}

}  // namespace tuneit

#include "tuneit/meta/macros_end.hpp"
#endif  // C++20
