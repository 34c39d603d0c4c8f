#pragma once
// The command line of a program that fine-tunes: options that every recipe has (common_options.hpp), and those that are
// made from the recipe itself, one for each of its numbers.
#include <CLI/CLI.hpp>
#include <string>

#include "tuneit/app/options/common_options.hpp"
#include "tuneit/app/options/options.hpp"
#include "tuneit/app/options/ranges.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"

namespace tuneit::app {

/// Notes which options there are, and which of them stood on the command line, once it is parsed.
inline void note_given(const CLI::App& app, Options& o) {
  for (const CLI::Option* const option : app.get_options()) {
    o.known.insert(option->get_name());
    if (option->count() > 0) o.given.insert(option->get_name());
  }
}

namespace detail {

inline CLI::Option* add_number(CLI::App& app, const std::string& name, double& value, const Hyperparameter& k,
                               const std::string& of) {
  CLI::Option* option = nullptr;
  try {
    option = app.add_option("--" + name, value, std::string(k.about) + (of.empty() ? "" : ", of " + of));
  } catch (const CLI::ConstructionError& e) {
    throw Error(ErrorKind::Usage,
                "the number " + io::quote(name) + (of.empty() ? "" : " of " + of) +
                    " cannot be an option of the program: " + e.what(),
                "Give it a name of its own, of letters, digits and hyphens.");
  }
  return option
      ->check([&k](const std::string& text) {
        double x = 0;
        return detail::is_number(text, x) && k.allows(x) ? std::string{} : outside(text, range_text(k));
      })
      ->type_name(*k.unit == '\0' ? "NUMBER" : k.unit);
}

}  // namespace detail

/// One option for each number of a recipe: its optimizer's, its length, and those of its policies by their names.
/// `kind` must outlive the app.
inline void add_recipe_options(CLI::App& app, Options& o, const RecipeInfo& kind) {
  Settings& s = o.settings;
  if (!kind.teacher.empty())
    app.add_option(
        "--teacher-weights", o.teacher_weights,
        "of " + kind.teacher + ", whose soft targets are learned: a file, a name or an address, as for --weights");
  app.option_defaults()->group("Numbers of the recipe");
  for (const Hyperparameter& h : kind.optimizer_numbers)  // flags are the recipe's
    if (double OptimizerSettings::*const member = tuneit::detail::named_member(h.name);
        member != nullptr && !(h.whole && h.most == 1))
      detail::add_number(app, h.name, s.optimizer.*member, h, kind.optimizer_type);
  if (!kind.phased) app.add_option("--epochs", s.epochs, "passes over the training pictures")->check(in(1, 1000000));
  if (kind.smooths_labels) app.add_option("--label-smoothing", s.label_smoothing, "in [0, 1)")->check(share());
  for (const NamedNumber& number : kind.numbers)
    detail::add_number(app, number.name, s.values[number.at], *number.number, number.policy);
}

}  // namespace tuneit::app
