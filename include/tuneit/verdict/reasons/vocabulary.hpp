#pragma once
// Reasons for a refusal: things in the wrong place.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A policy into which a misplaced thing goes.
template <class Policy>
struct GoesInto {};

/// Two policies (or options of one) of which there can be only one: two heads, two optimizers, two rates, two losses,
/// ...
template <class First, class Second>
struct Contradiction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<Contradiction, Ok>, "tuneit: these two decide the same thing; keep one of them");
    return Ok;
  }
};

/// A policy, selector or schedule of one's own without the function that makes it one.
template <class Thing>
struct LacksItsFunction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LacksItsFunction, Ok>,
        "tuneit: a policy with a stage needs apply<Model>(plan), a schedule factor(const Moment&), a "
        "selector matches<Model>(row), all constexpr, any other policy with a slot what ours in that slot have; "
        "this one lacks it, or it takes other arguments");
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
                  "Span<First, Last>; EarlyStop: Patience<N>)");
    return Ok;
  }
};

/// The first argument of Finetune is no network.
template <class Thing>
struct NotAModel : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAModel, Ok>,
                  "tuneit: the first argument of Finetune must be a model, for example ResNet18");
    return Ok;
  }
};

/// Something where a number type is due.
template <class Thing>
struct NotANumberType : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotANumberType, Ok>, "tuneit: Precision takes FP32, BF16, FP16, FP64 or Auto");
    return Ok;
  }
};

/// An option that its policy does not know: Momentum in Adam, a number where a type is due.
template <class Policy, class Thing>
struct NotAnOption : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAnOption, Ok>,
                  "tuneit: this policy has no such option; optimizers take Lr<>, WeightDecay<> and what "
                  "their formula has of Momentum<>, Dampening<>, Nesterov, Betas<,>, Eps<>, AmsGrad, LrDecay<>, "
                  "InitialAccumulator<>, Smoothing<>, Centered; CrossEntropy takes "
                  "LabelSmoothing<>, ClassWeights<...>, SoftTargets; heads take Dropout<>, Hidden<>, HeadNorm, "
                  "ConcatPool, NoBias and an initialiser; ReuseRows takes Row<New, Old>; NoDecayLike takes "
                  "Transformers, Torchvision, Timm or Fastai; OnBadSample takes Fail or Skip<N>");
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
                  "Freeze<Layers<0, 3>>");
    return Ok;
  }
};

/// Something where a schedule is due.
template <class Policy, class Thing>
struct NotASchedule : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotASchedule, Ok>,
                  "tuneit: this policy is made of schedules: CosineLr, StepLr<Epochs<7>, 0.1>, LinearLr<...>, ...");
    return Ok;
  }
};

/// Something where a selector is due.
template <class Policy, class Thing>
struct NotASelector : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotASelector, Ok>,
                  "tuneit: this policy takes a selector: All, Head, Backbone, Layers<F, L>, Layer<\"name\">, "
                  "Match<\"glob\">, Norms, Biases, Weights, Except<S>, Union<S...>, Intersect<S...>");
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
    static_assert(mended<OutOfRange, Ok>,
                  "tuneit: a number of this policy is outside of its range (see the comment at its definition)");
    return Ok;
  }
};

/// An option that stands beside the policies, not inside of the one that it is for.
template <class Thing, class Hint>
struct OutsideOfItsPolicy : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<OutsideOfItsPolicy, Ok>,
                  "tuneit: this is no policy by itself but part of one; see GoesInto for where it goes");
    return Ok;
  }
};

/// A second network in a recipe.
template <class First, class Second>
struct SecondModel : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SecondModel, Ok>, "tuneit: a recipe has one model, its first argument; this is another");
    return Ok;
  }
};

/// A recipe with more numbers than its settings can hold.
template <class Model, int Numbers, int Most>
struct TooManyNumbers : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TooManyNumbers, Ok>,
                  "tuneit: this recipe has more numbers than Settings::values can hold; write some of its phases "
                  "as one");
    return Ok;
  }
};

}  // namespace tuneit
