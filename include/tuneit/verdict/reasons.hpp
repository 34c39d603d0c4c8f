#pragma once
// The catalogue of reasons why a recipe is refused, in alphabetical order. Each carries its sentence: what is wrong and
// how to mend it; where, is said by its template arguments, which the compiler prints beside the sentence.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A spelling that exists and is near to the wrong one.
template <fixed_string Name>
struct DidYouMean {};

/// Two policies of which a recipe can have only one: two heads, two optimizers, two losses, two schedules, ...
template <class First, class Second>
struct Contradiction : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<Contradiction, Ok>, "tuneit: these two policies decide the same thing; keep one of them");
    return Ok;
  }
};

/// A new head, never loaded from weights, is frozen: it would stay random.
template <class Model, class Policy>
struct FreezesNewHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<FreezesNewHead, Ok>,
                  "tuneit: this policy freezes the replaced head, which starts from random numbers and would stay "
                  "random; freeze Backbone, or leave the head out with Except<Head>");
    return Ok;
  }
};

/// The selector names layers that exist, but no tensor remains (an empty range or intersection).
template <class Model, class Selector>
struct MatchesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<MatchesNothing, Ok>,
                  "tuneit: this selector matches no tensor of the model, so its policy would do nothing");
    return Ok;
  }
};

/// Layers<First, Last> goes beyond the last block, or is empty.
template <class Model, class Selector, int BlocksOfTheModel>
struct NoSuchBlocks : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchBlocks, Ok>,
                  "tuneit: Layers<First, Last> needs 0 <= First < Last <= number of top-level blocks of the model "
                  "(the last argument of NoSuchBlocks); block 0 is the stem, Last is not included");
    return Ok;
  }
};

/// Layer<"..."> with a name that the model does not have.
template <class Model, fixed_string Name, class Hint>
struct NoSuchLayer : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchLayer, Ok>,
                  "tuneit: the model has no layer of this name; see DidYouMean for the nearest that it has");
    return Ok;
  }
};

/// An option that its policy does not know: Momentum in Adam, a number where a type is due.
template <class Policy, class Thing>
struct NotAnOption : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAnOption, Ok>,
                  "tuneit: this policy has no such option; Sgd, Adam and AdamW take Lr<>, WeightDecay<>, Momentum<>, "
                  "Dampening<>, Nesterov, Betas<,>, Eps<>; CrossEntropy takes LabelSmoothing<>");
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

/// Every parameter is frozen.
template <class Model>
struct NothingTrains : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NothingTrains, Ok>,
                  "tuneit: every parameter of this recipe is frozen; add ReplaceHead<K>, or Unfreeze<Head>");
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

/// LrScale or NoDecay of tensors that are all frozen: it would do nothing.
template <class Model, class Policy>
struct ScalesFrozen : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ScalesFrozen, Ok>,
                  "tuneit: every tensor that this policy scales is frozen; unfreeze some, or drop the policy");
    return Ok;
  }
};

}  // namespace tuneit
