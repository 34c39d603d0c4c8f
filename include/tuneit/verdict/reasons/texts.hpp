#pragma once
// Reasons for a refusal: networks of texts.
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// Texts that are cut to more tokens than the network is made for.
template <class Model, int Tokens, int Most>
struct TooLong : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TooLong, Ok>,
                  "tuneit: the network is made for texts of fewer tokens (the last argument) than these are cut to; "
                  "cut them to fewer: MaxLength<128>");
    return Ok;
  }
};

/// A policy that is about tokens, of a network that takes none.
template <class Model, class Policy>
struct NeedsTexts : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NeedsTexts, Ok>,
                  "tuneit: this policy is about the tokens of texts, and the network's first input are none "
                  "(Tokens<\"input_ids\", 128>); for pictures there are Side and BatchSize");
    return Ok;
  }
};

/// A side of pictures, of a network of texts.
template <class Model, class Policy>
struct NeedsPictures : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NeedsPictures, Ok>,
                  "tuneit: this policy is about the side of pictures, and the network's first input are the tokens of "
                  "texts; they are cut by MaxLength<128>");
    return Ok;
  }
};

/// Batches of fewer tokens than a single text may have.
template <class Policy, int Longest>
struct BudgetTooSmall : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<BudgetTooSmall, Ok>,
                  "tuneit: a batch may have fewer tokens than one text (the last argument); give a larger TokenBudget, "
                  "or cut texts to fewer tokens: MaxLength<128>");
    return Ok;
  }
};

}  // namespace tuneit
