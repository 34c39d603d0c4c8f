#pragma once
// The parts of a recipe in words, with the numbers that they have now.
#include <string>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/settings.hpp"
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

/// A loss with its options and reduction.
template <class Loss>
std::string loss_text(const Settings& s) {
  constexpr const char* names[] = {"cross-entropy", "binary cross-entropy", "squared error", "focal loss"};
  std::string text = names[static_cast<int>(Loss::kind)];
  if constexpr (Loss::loss.soft) text += " against probabilities";
  if constexpr (Loss::kind == LossKind::CrossEntropy)
    if (s.label_smoothing > 0) text += " with label smoothing " + short_number(s.label_smoothing);
  if constexpr (Loss::kind == LossKind::Focal)
    text += " with gamma " + short_number(s.loss.gamma) +
            (s.loss.alpha >= 0 ? ", alpha " + short_number(s.loss.alpha) : "");
  if constexpr (Loss::kind == LossKind::BinaryCrossEntropy)
    if (s.loss.pos_weight != 1) text += ", positive examples times " + short_number(s.loss.pos_weight);
  if constexpr (!Loss::class_weights::values.empty()) {
    text += ", classes weighted";
    for (const double w : Loss::class_weights::values) text += " " + short_number(w);
  }
  return text + (std::is_same_v<typename Loss::reduction, Sum> ? ", summed over the batch" : "");
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
/// Is it in the words above already?
template <class P>
inline constexpr bool is_ours = ActsBySlot<P> || TakesSlot<P, slots::Clip> || TakesSlot<P, slots::Ema> ||
                                TakesSlot<P, slots::EarlyStop> || TakesSlot<P, slots::L2Sp> || TakesSlot<P, slots::Mix>;

/// One line for each thing that a recipe has beside plan, optimizer, schedule and loss; those of others' policies,
/// which nobody knows in words, by their type.
template <class R>
std::string extras_text(const Settings& s) {
  using P = typename R::parts;
  std::string text;
  const auto line = [&](const std::string& words) { text += "  " + words + "\n"; };
  [[maybe_unused]] const auto n = [&]<class X>(Type<X>, int i = 0) {
    return short_number(s.values[number_offset<P, X> + static_cast<std::size_t>(i)]);
  };
  if constexpr (says_augment<R>) line("training sees " + augment_text(train_steps<R>(s)));
  if constexpr (R::test_views::kind != TestViewKind::One)
    line(std::string("tests average the outputs of ") + name_of(R::test_views::kind));
  if constexpr (number_count < typename R::accumulate >> 0)
    line("the gradients of " + n(Type<typename R::accumulate>{}) + " batches make one step");
  if constexpr (R::clip::kind == ClipKind::Norm)
    line("gradients are scaled down to a norm of at most " + n(Type<typename R::clip>{}) + " together");
  if constexpr (R::clip::kind == ClipKind::Value)
    line("each number of a gradient is clipped at " + n(Type<typename R::clip>{}));
  if constexpr (R::l2sp::pulls)
    line("L2-SP: what trains in " + type_name<typename R::l2sp::selector>() + " is pulled back to where it started (" +
         n(Type<typename R::l2sp>{}) + "), new tensors towards 0 (" + n(Type<typename R::l2sp>{}, 1) + ")");
  if constexpr (R::mix::kind == MixKind::Mixup) line("mixup of the pictures, alpha " + n(Type<typename R::mix>{}));
  if constexpr (R::mix::kind == MixKind::CutMix) line("CutMix of the pictures, alpha " + n(Type<typename R::mix>{}));
  if constexpr (R::mix::kind == MixKind::Either)
    line("mixup (alpha " + n(Type<typename R::mix>{}) + ") or CutMix (alpha " + n(Type<typename R::mix>{}, 1) +
         ") of the pictures, either in half of the batches");
  if constexpr (R::ema::averages)
    line(
        "tests and files use averaged weights, decay " + n(Type<typename R::ema>{}) +
        (std::is_same_v<typename R::ema::warmup, NoEmaWarmup> ? "" : " after " + type_name<typename R::ema::warmup>()));
  if constexpr (R::early_stop::stops)
    line("ends early after " + n(Type<typename R::early_stop>{}) + " epochs without a test loss that is lower" +
         (s.values[number_offset<P, typename R::early_stop> + 1] > 0
              ? " by more than " + n(Type<typename R::early_stop>{}, 1)
              : ""));
  if constexpr (number_count < typename R::bad_sample >> 0)
    line("up to " + n(Type<typename R::bad_sample>{}) + " pictures that cannot be read are left out");
  if constexpr (!std::is_same_v<typename R::rows, NoRows>)
    line(type_name<typename R::rows>() + ": these classes of the head start from rows of the file's classifier");
  [[maybe_unused]] const auto acting = [&]<class X>(Type<X>) {
    if constexpr (requires { X::sentence(s.values.data()); })
      line(X::sentence(s.values.data() + number_offset<P, X>));
    else if constexpr (Acts<X>::value && !is_ours<X>)
      line(type_name<X>() + " acts " + moments_text(moments<X>));
  };
  [&]<class... Xs>(List<Xs...>) { (acting(Type<Xs>{}), ...); }(typename P::common{});
  return text;
}

}  // namespace tuneit::detail
