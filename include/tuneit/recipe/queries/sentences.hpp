#pragma once
// The parts of a recipe in words, with the numbers that they have now.
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/numbers/group_timeline.hpp"
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

template <class Opt>
concept HasTitle = requires {
  { Opt::title } -> std::convertible_to<std::string>;
};
/// What people call an optimizer.
template <class Opt>
std::string optimizer_title([[maybe_unused]] const Settings& s) {
  if constexpr (requires { typename Opt::choices; }) {
    std::string title;
    int at = 0;
    [&]<class... Os>(List<Os...>) {
      ((title = at++ == s.chosen_optimizer ? optimizer_title<Os>(s) : title), ...);
    }(typename Opt::choices{});
    return title;
  } else if constexpr (HasTitle<Opt>) {
    return Opt::title;
  } else {
    return type_name<Opt>();
  }
}
/// The numbers of an optimizer's formula in words; flags, and what is 0 by default and now, only where they are there.
inline std::string numbers_text(const Hyperparameter* numbers, std::size_t count, const double* n) {
  std::string text, last;
  for (std::size_t i = 0; i < count; ++i) {
    const Hyperparameter& h = numbers[i];
    const std::string label = h.label != nullptr ? h.label : h.name;
    const bool flag = h.whole && h.most == 1;
    if (label.empty() || (n[i] == 0 && (flag || h.value == 0) && label != "weight decay")) continue;
    if (label == "beta2" && i > 0) {
      text += " and " + short_number(n[i]);
    } else if (flag) {
      text += ", " + label;
    } else {
      (label == "weight decay" ? last : text) += ", " + (label == "beta1" ? "betas" : label) + " " + short_number(n[i]);
    }
  }
  return text + last;
}
/// "AdamW, rate 0.0003, betas 0.9 and 0.999, weight decay 0.01".
template <class Opt>
std::string optimizer_text(const Settings& s, const OptimizerValues<Opt>& v) {
  if constexpr (requires { typename Opt::choices; }) {
    std::string text;
    int at = 0;
    const auto one = [&]<class O>(Type<O>) {
      if (at++ == s.chosen_optimizer) text = optimizer_text(s, values_of_choice<O>(v));
    };
    [&]<class... Os>(List<Os...>) { (one(Type<Os>{}), ...); }(typename Opt::choices{});
    return text;
  } else {
    return optimizer_title<Opt>(s) + numbers_text(Opt::option_numbers.data(), v.all.size(), v.all.data());
  }
}

/// A group: "Head has AdamW, rate 0.001, betas 0.9 and 0.999, weight decay 0.01; schedule CosineLr".
template <class P, class Place>
std::string group_text(const Settings& s) {
  const double* const n = s.values.data();
  std::string text =
      type_name<typename Place::group::selector>() + " has " + optimizer_text(s, numbers_of_phase<P, 0, Place>(s));
  using W = in_group_t<Place, slots::Warmup>;
  using S = in_group_t<Place, slots::Schedule>;
  using C = in_group_t<Place, slots::Clip>;
  if constexpr (!std::is_void_v<S>) text += "; schedule " + schedule_text<S>(s, n + group_item_offset<P, Place, S>);
  if constexpr (!std::is_void_v<W>) text += "; after " + policy_text<W>(n + group_item_offset<P, Place, W>);
  if constexpr (!std::is_void_v<C>) {
    if constexpr (requires { C::sentence(n); })
      text += "; in it " + C::sentence(n + group_item_offset<P, Place, C>);
    else
      text += "; " + policy_text<C>(n + group_item_offset<P, Place, C>);
  }
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

/// A loss with its numbers: in its own `words`, or as a person wrote it.
template <class L>
std::string words_of_loss(const Numbers<L>& n) {
  if constexpr (requires { L::words(n); })
    return L::words(n);
  else if constexpr (requires { L::self::words(Numbers<typename L::self>(n)); })
    return L::self::words(Numbers<typename L::self>(n));
  else
    return policy_text<L>(n.data());
}

/// Each loss of a recipe, of several with its weight: "0.5 times binary cross-entropy".
template <class R>
std::vector<std::string> words_of_losses(const Settings& s) {
  using Loss = typename R::loss;
  const Numbers<Loss> n = loss_numbers<R>(s);
  std::vector<std::string> all;
  if constexpr (requires { typename Loss::items; }) {
    std::size_t at = 0;
    const auto one = [&]<class L>(Type<L>) {
      const double weight = n[at++];
      Numbers<L> own;
      if constexpr (number_count<L> != 0) own = Numbers<L>(n.data() + at);
      if constexpr (SmoothsLabels<L>) own.smoothing = n.smoothing;
      at += number_count<L>;
      all.push_back((weight == 1 ? "" : short_number(weight) + " times ") + words_of_loss(own));
    };
    [&]<class... Ls>(List<Ls...>) { (one(Type<Ls>{}), ...); }(typename Loss::items{});
  } else {
    all.push_back(words_of_loss(n));
  }
  return all;
}

/// The loss of a recipe with its numbers and reduction; several are a sum.
template <class R>
std::string loss_text(const Settings& s) {
  std::string text;
  for (const std::string& one : words_of_losses<R>(s)) text.append(text.empty() ? "" : " + ").append(one);
  return text + (std::is_same_v<typename R::loss::reduction, Sum> ? ", summed over the batch" : "");
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
                                   "after an epoch",
                                   "on the gradients of a block"};
  static_assert(1U << (std::size(names) - 1) == OnBlockGradients);
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
    if constexpr (requires { X::template sentence_in<P>(s.values.data()); })
      say(topic_of<X>, X::template sentence_in<P>(s.values.data() + number_offset<P, X>));
    else if constexpr (requires { X::sentence(s.values.data()); })
      say(topic_of<X>, X::sentence(s.values.data() + number_offset<P, X>));
    else if constexpr (requires { X::slot::template sentence<X>(s.values.data()); })
      say(X::slot::topic, X::slot::template sentence<X>(s.values.data() + number_offset<P, X>));
    else if constexpr (Acts<X>::value && !is_group<X>)
      say(Topic::Other, type_name<X>() + " acts " + moments_text(moments<X>));
  };
  [&]<class... Xs>(List<Xs...>) { (one(Type<Xs>{}), ...); }(typename P::common{});
  for (const std::string& lines : by_topic) text += lines;
  return text;
}

}  // namespace tuneit::detail
