#pragma once
// The parts of a recipe in words, with the numbers that they have now.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/policies/chosen.hpp"
#include "tuneit/recipe/queries/augment_views.hpp"

namespace tuneit::detail {

inline std::string with_changes(std::string text, const Hyperparameter* numbers, std::size_t count, const double* n) {
  const char* before = " (";
  for (std::size_t i = 0; i < count; ++i)
    if (n[i] != numbers[i].value) {
      text += std::string(before) + numbers[i].name + " now " + short_number(n[i]);
      before = ", ";
    }
  return *before == ',' ? text + ")" : text;
}

/// A policy as a person wrote it, and what was changed since: "LrScale<Head, 10> (lr-scale now 5)". n: its values.
template <class P>
std::string policy_text(const double* n) {
  return with_changes(type_name<P>(), hyperparameters_of<P>.data(), number_count<P>, n);
}

/// A schedule; n: its values.
template <class S>
std::string schedule_text(const Settings& s, const double* n) {
  if constexpr (!std::is_same_v<S, ChosenSchedule>) return policy_text<S>(n);
  return s.schedule == ScheduleKind::Cosine ? "cosine"
         : s.schedule == ScheduleKind::Constant
             ? "constant"
             : "times " + short_number(s.step_gamma) + " every " + std::to_string(s.step_epochs) + " epochs";
}

/// The numbers that the formula of an algorithm has.
inline std::string optimizer_text(Algorithm a, const OptimizerNumbers& n) {
  std::string text = std::string(name_of(a)) + ", rate " + short_number(n.lr);
  const auto add = [&](bool has, const char* what, double x) {
    if (has) text += std::string(", ") + what + " " + short_number(x);
  };
  const auto flag = [&](bool has, const char* what) {
    if (has) text += std::string(", ") + what;
  };
  add(a == Algorithm::Sgd || (a == Algorithm::RmsProp && n.momentum > 0), "momentum", n.momentum);
  add(a == Algorithm::Sgd && n.dampening != 0, "dampening", n.dampening);
  flag(a == Algorithm::Sgd && n.nesterov, "Nesterov");
  if (is_adam(a) || a == Algorithm::Lion) text += ", betas " + short_number(n.beta1) + " and " + short_number(n.beta2);
  flag(is_adam(a) && n.amsgrad, "AMSGrad");
  add(a == Algorithm::RmsProp, "smoothing", n.smoothing);
  flag(a == Algorithm::RmsProp && n.centered, "centered");
  add(a == Algorithm::Adagrad && n.lr_decay != 0, "rate decay", n.lr_decay);
  add(a == Algorithm::Adagrad && n.accumulator != 0, "sum from", n.accumulator);
  add(true, "weight decay", n.weight_decay);
  return text;
}

/// What programs call a loss: its `name`, or its type.
template <class L>
std::string loss_name() {
  if constexpr (requires { std::string(L::name); }) return L::name;
  return type_name<L>();
}
/// Is it a mean of squares, whose root people want to see? (`squares`)
template <class L>
inline constexpr bool is_of_squares = false;
template <class L>
requires requires { requires L::squares; }
inline constexpr bool is_of_squares<L> = true;

/// The loss of a recipe with its numbers and reduction: in its own `words`, or as a person wrote it.
template <class R>
std::string loss_text(const Settings& s) {
  using L = typename R::loss;
  const Numbers<L> n = loss_numbers<R>(s);
  std::string text;
  if constexpr (requires { L::words(n); })
    text = L::words(n);
  else if constexpr (requires { L::self::words(Numbers<typename L::self>(n)); })
    text = L::self::words(Numbers<typename L::self>(n));
  else
    text = policy_text<L>(n.data());
  return text + (std::is_same_v<typename L::reduction, Sum> ? ", summed over the batch" : "");
}

/// "on gradients and after a step".
inline std::string moments_text(Moments m) {
  constexpr const char* names[] = {"at the start",
                                   "on batches",
                                   "on inputs",
                                   "around gradients",
                                   "on outputs",
                                   "after a backward pass",
                                   "on gradients",
                                   "on the rate",
                                   "before a step",
                                   "after a step",
                                   "when batches are dropped",
                                   "after an epoch's last step",
                                   "before tests",
                                   "after an epoch"};
  std::string text;
  for (unsigned i = 0; i < std::size(names); ++i)
    if ((m & 1U << i) != 0) text += (text.empty() ? "" : ", ") + std::string(names[i]);
  return text;
}
/// One line for each thing that a recipe has beside plan, optimizer, schedule and loss, by topic; those of others'
/// policies, which nobody knows in words, by their type.
template <class R>
std::string extras_text(const Settings& s) {
  using P = typename R::parts;
  std::string text;
  const auto line = [&](const std::string& words) { text += "  " + words + "\n"; };
  if constexpr (says_augment<R>) line("training sees " + augment_text(train_steps<R>(s)));
  if constexpr (R::test_views::kind != TestViewKind::One)
    line(std::string("tests average the outputs of ") + name_of(R::test_views::kind));
  std::string by_topic[static_cast<std::size_t>(Topic::Other) + 1];
  [[maybe_unused]] const auto say = [&](Topic topic, const std::string& words) {
    by_topic[static_cast<std::size_t>(topic)] += "  " + words + "\n";
  };
  [[maybe_unused]] const auto one = [&]<class X>(Type<X>) {
    if constexpr (requires { X::sentence(s.values.data()); })
      say(topic_of<X>, X::sentence(s.values.data() + number_offset<P, X>));
    else if constexpr (requires { X::slot::template sentence<X>(s.values.data()); })
      say(X::slot::topic, X::slot::template sentence<X>(s.values.data() + number_offset<P, X>));
    else if constexpr (Acts<X>::value)
      say(Topic::Other, type_name<X>() + " acts " + moments_text(moments<X>));
  };
  [&]<class... Xs>(List<Xs...>) { (one(Type<Xs>{}), ...); }(typename P::common{});
  for (const std::string& lines : by_topic) text += lines;
  return text;
}

}  // namespace tuneit::detail
