#pragma once
// Reasons for a refusal: the algebra of recipes.
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A pattern fits several policies of the recipe, First and Second among them, and one is to be removed or replaced.
template <class Recipe, class Pattern, class First, class Second>
struct AmbiguousPattern : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<AmbiguousPattern, Ok>,
        "tuneit: this fits more than one policy of the recipe, First and Second among them; write the one that "
        "is meant, exactly as the recipe does");
    return Ok;
  }
};

/// Something in a recipe of which a fingerprint is asked is a local or unnamed type, or stands within a template:
/// compilers do not spell it alike.
template <class Thing>
struct HasNoName : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<HasNoName, Ok>,
        "tuneit: a fingerprint is made of names, and compilers do not spell this one alike (it is local, unnamed, "
        "or within a template); move it into a namespace, or give it static constexpr auto name = \"...\"");
    return Ok;
  }
};

/// A template in a recipe of which a fingerprint is asked has arguments of kinds that are not listed: they would be
/// passed over, and different recipes would have one fingerprint.
template <class Thing>
struct ArgumentsNotListed : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<ArgumentsNotListed, Ok>,
        "tuneit: a fingerprint knows types, numbers, enumerators and names as arguments, in the usual orders, and "
        "these are others; give it a name of its own, such as struct Mine : Thing {}, and put that into the recipe");
    return Ok;
  }
};

}  // namespace tuneit
