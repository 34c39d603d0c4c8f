#pragma once
// What can only be judged when training starts: are the run-time numbers of a recipe in their ranges?
#include <cmath>
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
  const auto range = [](bool fits, const char* what, double value) {
    if (!fits || !std::isfinite(value))
      throw Error(Fault::Usage, std::string(what) + " is " + short_number(value, 9), "See Settings for its range.");
  };
  const auto share = [range](const char* what, double value) { range(0 <= value && value < 1, what, value); };
  const OptimizerNumbers& o = s.optimizer;
  range(o.lr > 0, "the learning rate", o.lr);
  range(o.weight_decay >= 0, "the weight decay", o.weight_decay);
  share("the momentum", o.momentum);
  share("the dampening", o.dampening);
  share("beta1", o.beta1);
  share("beta2", o.beta2);
  range(o.eps > 0, "eps", o.eps);
  range(o.lr_decay >= 0, "the decay of the learning rate", o.lr_decay);
  range(o.accumulator >= 0, "the start of the sum of squares", o.accumulator);
  share("the smoothing of the squares (alpha)", o.smoothing);
  range(s.loss.pos_weight > 0, "the weight of the positive class", s.loss.pos_weight);
  range(s.loss.gamma >= 0, "gamma of the focal loss", s.loss.gamma);
  range(s.loss.alpha <= 1, "alpha of the focal loss", s.loss.alpha);
  share("the smoothing of the loss", s.loss.smoothing);
  share("the label smoothing", s.label_smoothing);
  range(s.epochs >= 1, "the number of epochs", s.epochs);
  range(s.batch_size >= 1, "the batch size", s.batch_size);
}

}  // namespace tuneit
