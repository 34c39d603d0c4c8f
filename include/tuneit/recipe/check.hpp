#pragma once
// What can only be judged when training starts: are the run-time numbers of a recipe in their ranges?
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
  const auto range = [](bool fits, const char* what, double value) {
    if (!fits)
      throw Error(Fault::Usage, std::string(what) + " is " + short_number(value, 9), "See Settings for its range.");
  };
  range(s.optimizer.lr > 0, "the learning rate", s.optimizer.lr);
  range(detail::in_range(s.optimizer), "a number of the optimizer (weight decay, momentum, betas, eps, ...)",
        s.optimizer.weight_decay);
  range(detail::in_range(s.loss), "a number of the loss (gamma, alpha, pos_weight)", s.loss.gamma);
  range(s.optimizer.weight_decay >= 0, "the weight decay", s.optimizer.weight_decay);
  range(s.optimizer.momentum >= 0 && s.optimizer.momentum < 1, "the momentum", s.optimizer.momentum);
  range(s.label_smoothing >= 0 && s.label_smoothing < 1, "the label smoothing", s.label_smoothing);
  range(s.epochs >= 1, "the number of epochs", s.epochs);
  range(s.batch_size >= 1, "the batch size", s.batch_size);
}

}  // namespace tuneit
