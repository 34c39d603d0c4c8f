#pragma once
// What can only be judged when training starts: are the run-time numbers of a recipe in their ranges?
#include <string>

#include "tuneit/recipe/numbers.hpp"

namespace tuneit {

/// Throws Error(Usage) with the first number that makes no sense for R.
template <class R>
void check_settings(const Settings& s) {
  if (s.classes < 1) throw Error(Fault::Usage, "the head needs a class count of at least 1");
  for (const NamedNumber& n : named_numbers<R>()) check_number(n, s.values[n.at]);
  if (total_epochs<R>(s) != s.epochs)
    throw Error(Fault::Usage,
                "the phases have " + std::to_string(total_epochs<R>(s)) + " epochs together, Settings::epochs is " +
                    std::to_string(s.epochs),
                "The length of a recipe with phases is theirs: change phase-1-epochs, phase-2-epochs, ...");
  const auto refuse = [](const char* what, double value) {
    throw Error(Fault::Usage, std::string(what) + " is " + short_number(value, 9), "See Settings for its range.");
  };
  for (const detail::WrongNumber& wrong : {detail::wrong_number(s.optimizer), detail::wrong_number(s.loss)})
    if (wrong.what != nullptr) refuse(wrong.what, wrong.value);
  if (!detail::is_share(s.label_smoothing)) refuse("the label smoothing", s.label_smoothing);
  if (s.epochs < 1) refuse("the number of epochs", s.epochs);
  if (s.batch_size < 1) refuse("the batch size", s.batch_size);
}

}  // namespace tuneit
