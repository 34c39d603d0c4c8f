#pragma once
// Reasons for a refusal: rules that change the network.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A rule whose selector selects no layer that the rule is for.
template <class Model, class Rule>
struct RewritesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RewritesNothing, Ok>,
                  "tuneit: this rule would change nothing: among the layers that its selector selects is none that it "
                  "is for (Lora, Dora and Ia3 are for Linear, Conv2d without groups and, of Lora, Embedding); "
                  "select their modules, as in Modules<\"conv1\", \"conv2\">; a rule of one's own is for the leaves "
                  "whose on<Leaf> has `using type`");
    return Ok;
  }
};

/// A rule chooses a layer that another rule has changed before.
template <class Model, class Rule>
struct RewrittenTwice : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RewrittenTwice, Ok>,
                  "tuneit: this rule is about a layer that another rule of the recipe has changed already; a layer is "
                  "changed once: take it out of one of the two with Intersect<..., Except<...>>, or drop one");
    return Ok;
  }
};

/// A product of low rank whose rank is above that of the weight that it is for.
template <class Model, class Rule, int Most>
struct RankTooLarge : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RankTooLarge, Ok>,
                  "tuneit: this rank is above that of the smallest weight that the rule is for, which is the last "
                  "number here: nothing would be low about it; say a Rank<> below it, or select larger layers");
    return Ok;
  }
};

/// What a rule has added is frozen throughout: it would stay without effect.
template <class Model, class Policy>
struct FreezesAdapters : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<FreezesAdapters, Ok>,
                  "tuneit: this policy freezes, in all phases, tensors that a rule (Lora) has added, which would do "
                  "nothing then; Lora and its like freeze the network itself: drop this policy, or leave Adapters out: "
                  "Freeze<Intersect<Backbone, Except<Adapters>>>");
    return Ok;
  }
};

/// Modules<"..."> with a name that no module of the model has or ends with.
template <class Model, fixed_string Name, class Hint>
struct NoSuchModule : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchModule, Ok>,
                  "tuneit: the model has no module whose name is this or ends with it, from a dot on; see DidYouMean "
                  "for the nearest that it has (Layer<> selects by beginnings, Match<> by globs)");
    return Ok;
  }
};

}  // namespace tuneit
