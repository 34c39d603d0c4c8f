#pragma once
// Reasons for a refusal: selectors that do not fit the model.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A spelling that exists and is near to the wrong one.
template <fixed_string Name>
struct DidYouMean {};

/// A selector that needs no Layer around it: Backbone instead of Layer<"backbone">.
template <class Selector>
struct WithoutLayer {};

namespace detail {

template <class Hint>
inline constexpr bool is_selector_hint = false;
template <class S>
inline constexpr bool is_selector_hint<WithoutLayer<S>> = true;

}  // namespace detail

/// Two groups of tensors that must be apart have one in common.
template <class Model, class First, class Second>
struct GroupsOverlap : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<GroupsOverlap, Ok>,
                  "tuneit: these two selectors share a tensor, which would get two rates or optimizers; leave it out "
                  "of one of them with Except<>");
    return Ok;
  }
};

/// A regular expression in Match, which takes globs.
template <class Model, class Selector>
struct LooksLikeRegex : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<LooksLikeRegex, Ok>,
        "tuneit: Match takes a glob, and this looks like a regular expression: * stands for any characters, ? for one, "
        "[ab] for one of them, [!ab] for one of the others; there is no ^ $ + | ( ) { } nor backslash");
    return Ok;
  }
};

/// The selector names layers that exist, but no tensor remains (an empty range or intersection).
template <class Model, class Selector>
struct MatchesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<MatchesNothing, Ok>,
                  "tuneit: this selector matches no tensor of the model, so its policy would do nothing (a Match must "
                  "match whole names: \"layer4.*\")");
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

/// Layer<"..."> with a name that the model does not have; some are selectors by themselves (Backbone, Head, Norms).
template <class Model, fixed_string Name, class Hint>
struct NoSuchLayer : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    if constexpr (detail::is_selector_hint<Hint>)
      static_assert(mended<NoSuchLayer, Ok>,
                    "tuneit: the model has no layer of this name, but there is a selector for that; write it without "
                    "Layer and quotes, as WithoutLayer shows: Freeze<Backbone>");
    else
      static_assert(mended<NoSuchLayer, Ok>,
                    "tuneit: the model has no layer of this name; see DidYouMean for the nearest that it has");
    return Ok;
  }
};

/// A glob in Layer, which takes names.
template <class Model, fixed_string Name>
struct PatternInLayer : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PatternInLayer, Ok>,
                  "tuneit: Layer takes names as they are, and the model has none with such characters; patterns go "
                  "into Match: Match<\"layer[34].*\">");
    return Ok;
  }
};

}  // namespace tuneit
