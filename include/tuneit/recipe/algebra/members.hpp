#pragma once
// The numbers that are members of Settings, by name. Those of policies: numbers.hpp.
#include <string_view>

#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::detail {

/// Calls `f(name, member)` for each member that says something of what is trained; not for those of the run: seed,
/// device, what is cached.
template <class S, class F>
constexpr void for_each_member(S& s, F&& f) {
  auto& o = s.optimizer;
  f(std::string_view("lr"), o.lr);
  f(std::string_view("weight-decay"), o.weight_decay);
  f(std::string_view("momentum"), o.momentum);
  f(std::string_view("dampening"), o.dampening);
  f(std::string_view("nesterov"), o.nesterov);
  f(std::string_view("beta1"), o.beta1);
  f(std::string_view("beta2"), o.beta2);
  f(std::string_view("eps"), o.eps);
  f(std::string_view("amsgrad"), o.amsgrad);
  f(std::string_view("lr-decay"), o.lr_decay);
  f(std::string_view("initial-accumulator"), o.accumulator);
  f(std::string_view("smoothing"), o.smoothing);
  f(std::string_view("centered"), o.centered);
  f(std::string_view("epochs"), s.epochs);
  f(std::string_view("batch-size"), s.batch_size);
  f(std::string_view("label-smoothing"), s.label_smoothing);
  f(std::string_view("warmup-steps"), s.warmup_steps);
  f(std::string_view("chosen-optimizer"), s.chosen_optimizer);
  f(std::string_view("schedule"), s.schedule);
  f(std::string_view("step-epochs"), s.step_epochs);
  f(std::string_view("step-gamma"), s.step_gamma);
  f(std::string_view("precision"), s.precision);
  f(std::string_view("classes"), s.classes);
  f(std::string_view("keeps-head"), s.keeps_head);
  f(std::string_view("side"), s.side);
  f(std::string_view("views"), s.views);
}

/// Sets a member by its name; false: there is none.
template <class S>
constexpr bool set_member(S& s, std::string_view name, double value) {
  bool found = name == "seed";
  if (found) s.seed = static_cast<std::uint64_t>(value);
  for_each_member(s, [&]<class T>(std::string_view of, T& member) {
    if constexpr (!std::is_same_v<T, ChosenNumber>) {  // choose_optimizer sets the numbers with it
      if (of != name) return;
      found = true;
      if constexpr (std::is_same_v<T, bool>)
        member = value != 0;
      else
        member = static_cast<T>(value);
    }
  });
  return found;
}

}  // namespace tuneit::detail
