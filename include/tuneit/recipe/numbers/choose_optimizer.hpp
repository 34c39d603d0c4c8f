#pragma once
// Which of several optimizers trains, chosen at run time with its own numbers.
#include <cstddef>
#include <string_view>

#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/run_settings.hpp"

namespace tuneit {

namespace detail {

// Of a recipe its optimizer; of settings that are not yet a recipe's, the choice itself.
template <class R>
struct ChoiceOf {
  using type = R;
  static constexpr bool in_recipe = false;
};
template <class R>
requires requires { typename R::optimizer; }
struct ChoiceOf<R> {
  using type = typename R::optimizer;
  static constexpr bool in_recipe = true;
};

}  // namespace detail

/// Chooses the which-th optimizer (counted from 0) of an OptimizerChoice, with all numbers that it says itself. Numbers
/// that it does not have are left alone. R: the recipe; or the OptimizerChoice, of which then only numbers that are
/// members of Settings are set.
template <class R>
constexpr void choose_optimizer(Settings& s, int which) {
  using Choice = typename detail::ChoiceOf<R>::type;
  static_assert(
      requires { typename Choice::choices; }, "tuneit: the recipe has no OptimizerChoice to choose from");
  s.chosen_optimizer.which_ = which;
  int at = 0;
  const auto one = [&]<class O>(Type<O>) {
    if (at++ != which) return;
    for (const Hyperparameter& said : O::option_numbers) {
      if (double OptimizerSettings::*const member = detail::named_member(said.name)) {
        s.optimizer.*member = said.value;
        continue;
      }
      if constexpr (detail::ChoiceOf<R>::in_recipe)
        for (std::size_t i = 0; i < Choice::numbers.size(); ++i)
          if (std::string_view(Choice::numbers[i].name) == said.name)
            s.values[detail::number_offset<typename R::parts, Choice> + i] = said.value;
    }
  };
  [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Choice::choices{});
}

}  // namespace tuneit
