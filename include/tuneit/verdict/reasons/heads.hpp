#pragma once
// Reasons for a refusal: new heads.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A policy about a new head in a recipe that keeps the old one.
template <class Policy>
struct KeepsOldHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<KeepsOldHead, Ok>,
                  "tuneit: this policy is about a new head, and the recipe keeps the old one; add ReplaceHead<K>");
    return Ok;
  }
};

/// The last block of the model has no linear layer to replace.
template <class Model, class Policy>
struct NoLinearHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoLinearHead, Ok>,
                  "tuneit: ReplaceHead replaces the last linear layer of the last block, and the last block of "
                  "this model has none (one whose weight is tied, TiedLinear, stays with the layer it is tied to)");
    return Ok;
  }
};

/// A head for texts on a network that has none of its sort.
template <class Policy, class Model>
struct HeadDoesNotFit : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<HeadDoesNotFit, Ok>,
                  "tuneit: this network has no head for this task (BERT and its kin classify texts and tokens, find "
                  "answers and hidden tokens, GPT-2 tells the next token; networks of pictures take ReplaceHead<K>)");
    return Ok;
  }
};

/// ConcatPool on a head without global average pooling.
template <class Model, class Policy>
struct NoPoolingToConcatenate : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoPoolingToConcatenate, Ok>,
                  "tuneit: ConcatPool changes the global average pooling of the head, and this model has none there");
    return Ok;
  }
};

/// Something in the place of the new head of a recipe with a name.
template <class Thing>
struct NotANewHead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotANewHead, Ok>,
                  "tuneit: the second argument of this recipe is the new head: ReplaceHead<2>, FastaiHead<2>; what "
                  "stands there is none");
    return Ok;
  }
};

/// A row of ReuseRows beyond the new or the old classifier.
template <class Policy, class Row, int NewClasses, int OldClasses>
struct NoSuchRow : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchRow, Ok>,
                  "tuneit: Row<New, Old> needs New below the classes of the new head and Old below those of the "
                  "model (the last two arguments; they count from 0)");
    return Ok;
  }
};

/// Two rows of ReuseRows for one class.
template <class Policy, int Class>
struct RowTwice : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RowTwice, Ok>,
                  "tuneit: a class starts from one row of the old classifier; this one is given two");
    return Ok;
  }
};

/// ReuseRows with a head whose last layer takes other inputs than the old one.
template <class Model, class Policy>
struct RowsDoNotFit : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<RowsDoNotFit, Ok>,
                  "tuneit: rows of the old classifier fit a new one on the same features; drop Hidden<> and "
                  "ConcatPool from the head, or ReuseRows");
    return Ok;
  }
};

}  // namespace tuneit
