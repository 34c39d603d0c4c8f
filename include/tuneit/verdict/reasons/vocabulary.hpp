#pragma once
// Reasons for a refusal: things that are not what is due.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/in_slot.hpp"
#include "tuneit/verdict/verdict.hpp"
#include "tuneit/verdict/wrong_number.hpp"

namespace tuneit {

/// A policy, selector or schedule of one's own without the function that makes it one.
template <class Thing>
struct LacksItsFunction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LacksItsFunction, Ok>,
        "tuneit: a policy with a stage needs apply<Model>(plan), a schedule factor(const ScheduleTime&), a "
        "selector matches<Model>(row), all constexpr, any other policy with a slot what ours in that slot have; "
        "this one lacks it, or it takes other arguments");
    return Ok;
  }
};

/// A policy of one's own in one of our slots (a loss, an optimizer, ...) without a member that is asked of it there.
template <class Policy, fixed_string Member>
struct LacksInItsSlot : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (detail::IsInSlot<Policy, slots::Loss>)
      static_assert(
          mended<LacksInItsSlot, Ok>,
          "tuneit: this loss lacks the member that is named last, or it is misspelt, private or of another type. It "
          "has `using targets = Classes;` (Probabilities<K>, MultiLabel<K>, Values<K>), `static constexpr bool "
          "fits(Shape output) { return true; }` and the base Loss<Self>, Self being itself; and where it says them "
          "`using reduction = Sum;`, `static constexpr Mixes mixes = Mixes::Linear;`, `static constexpr std::array "
          "numbers{Hyperparameter{.name = \"letters-and-hyphens\", .value = 1}};`, `static constexpr double "
          "label_smoothing = 0.1;`, `using on = On<\"output\">;`, `static constexpr const char* name = \"...\";`, "
          "`static std::string words(const Numbers<Self>&)`");
    else if constexpr (detail::IsInSlot<Policy, slots::Optimizer>)
      static_assert(
          mended<LacksInItsSlot, Ok>,
          "tuneit: this optimizer lacks what is named last, or it is misspelt, private or of another type: `template "
          "<class... O> struct Own : Optimizer<Own<O...>, Defaults<Lr<1e-3>, WeightDecay<0>>, O...>` (Lr first) with "
          "what it remembers of each weight, `static constexpr std::array states{\"momentum\"};`, each name once, its "
          "numbers among the Defaults (`std::array<std::string_view, 0> states{}`: nothing); where it says it `static "
          "constexpr const char* title = \"...\";`. `static constexpr bool leaves_out` is a member of its Update");
    else
      static_assert(mended<LacksInItsSlot, Ok>,
                    "tuneit: of a policy in this slot all is asked that ours have there, and this one lacks the member "
                    "that is named last; derive it from one of ours, struct MyStop : EarlyStop<Patience<3>> {}, or "
                    "give it no slot");
    return Ok;
  }
};

/// Something where a length of time is due.
template <class Policy, class Thing>
struct NotADuration : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotADuration, Ok>,
                  "tuneit: this policy takes a length of time: Epochs<N> or Steps<N> (a phase: Epochs<N> or "
                  "Span<First, Last>; EarlyStop: Patience<N>; Then: all but the last are During<Epochs<2>, CosineLr>)");
    return Ok;
  }
};

/// The first argument of Finetune is no network.
template <class Thing>
struct NotAModel : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NotAModel, Ok>,
        "tuneit: the first argument of Finetune must be a model, for example ResNet18 (of one's own: if an error "
        "stands above in its description, mend that)");
    return Ok;
  }
};

/// A network lists something that is neither its input nor a block.
template <class Model, class Thing>
struct NotAPart : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NotAPart, Ok>,
        "tuneit: a Network lists its input, Input<3, 224> or Inputs<...>, and then blocks, each with a name: "
        "Block<\"head\", GlobalAvgPool, Named<\"fc\", Linear<512, 10>>>, or Blocks<\"layer\", 4, ...>; the last "
        "argument is something else: put layers into a Block");
    return Ok;
  }
};

/// Something where a number type is due.
template <class Thing>
struct NotAPrecision : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAPrecision, Ok>, "tuneit: Precision takes FP32, TF32, BF16, FP16, FP64 or Auto");
    return Ok;
  }
};

/// Which options a policy has: a list of them.
template <class Options>
struct Takes {};

/// An option that its policy does not know: Momentum in Adam, a number where a type is due. A policy with options says
/// them: `using known_options = List<...>;`.
template <class Policy, class Thing>
struct NotAnOption : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (requires { typename Policy::known_options; })
      static_assert(
          mended<NotAnOption, Ok, Takes<typename Policy::known_options>>,
          "tuneit: this policy has no such option; see Takes for those that it has, with other numbers where they "
          "have some (No<X>: the flag X)");
    else if constexpr (requires { typename Policy::items; })
      static_assert(
          mended<NotAnOption, Ok>,
          "tuneit: Losses is made of losses, each with its weight, and the last argument is none: "
          "Losses<Weighted<CrossEntropy<On<\"class\">>, 1>, Weighted<SmoothL1<On<\"depth\">>, 0.5>>; a loss of "
          "one's own has the base Loss<Self>, Self being itself");
    else
      static_assert(mended<NotAnOption, Ok>,
                    "tuneit: this policy has no such option; what it takes is said in the comment at its definition");
    return Ok;
  }
};

/// Something in the recipe that is neither a policy nor a number it knows.
template <class Thing>
struct NotAPolicy : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAPolicy, Ok>,
                  "tuneit: this is not a policy; a selector such as Head or Layers<0, 3> goes inside one: "
                  "Freeze<Layers<0, 3>>, and so does a metric: Metrics<TopK<5>>; a policy of one's own derives from "
                  "PolicyTag");
    return Ok;
  }
};

/// Something where a schedule is due.
template <class Policy, class Thing>
struct NotASchedule : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotASchedule, Ok>,
                  "tuneit: this policy is made of schedules: CosineLr, StepLr<Epochs<7>, 0.1>, LinearLr<...>, ... (the "
                  "last of a Then has what is left of the time: without During)");
    return Ok;
  }
};

/// Something where a selector is due.
template <class Policy, class Thing>
struct NotASelector : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NotASelector, Ok>,
        "tuneit: this policy takes a selector: All, Head, Backbone, Layers<F, L>, Layer<\"name\">, "
        "Match<\"glob\">, Norms, Biases, Weights, Except<S>, Union<S...>, Intersect<S...>, or one's own, which "
        "derives from SelectorTag");
    return Ok;
  }
};

/// A list with nothing in it: a policy without its content, a selector without names, a network without blocks.
template <class Thing>
struct NothingInside : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NothingInside, Ok>,
                  "tuneit: there is nothing inside of this; say what it is made of, or drop it");
    return Ok;
  }
};

/// A number outside the range in which the policy makes sense.
template <class Policy>
struct OutOfRange : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    using wrong = detail::WrongNumberOf<Policy>;
    if constexpr (wrong::zero)
      static_assert(mended<OutOfRange, Ok>,
                    "tuneit: a number of this policy is outside of its range: it is 0, and must be more. A quotient of "
                    "whole numbers is cut off, 1 / 10 is 0: write 0.1, or 1.0 / 10");
    else if constexpr (!std::is_void_v<typename wrong::type>)
      static_assert(mended<OutOfRange, Ok, typename wrong::type>,
                    "tuneit: a number of this policy is outside of its range; see NumberIs for its name, what it is, "
                    "and what it must be");
    else
      static_assert(mended<OutOfRange, Ok>,
                    "tuneit: a number of this policy is outside of its range: a length or a count is at least 1, for "
                    "anything else see the comment at its definition");
    return Ok;
  }
};

}  // namespace tuneit
