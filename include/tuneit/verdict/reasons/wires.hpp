#pragma once
// Reasons for a refusal: wires and outputs of a network.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A Merge, From or layer that reads a wire which nobody has saved before it.
template <class Model, fixed_string Wire, class Hint>
struct NoSuchWire : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NoSuchWire, Ok>,
        "tuneit: nothing before this Merge, From or reading layer has saved a wire of this name, nor is there "
        "an input of it; Save<\"...\"> must stand before (of a Residual, the shortcut runs before the body)");
    return Ok;
  }
};

/// A wire, or an input behind the first, that nobody reads.
template <class Model, fixed_string Wire>
struct WireNotRead : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<WireNotRead, Ok>,
                  "tuneit: nobody reads this wire (or this input), so keeping it is in vain; drop the Save, or read it "
                  "by Merge<Fn, \"...\">, From<\"...\"> or a layer that reads Wires<\"...\">");
    return Ok;
  }
};

/// Two Saves, an input and a Save, or two Outputs of one name.
template <class Model, fixed_string Wire>
struct WireTwice : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<WireTwice, Ok>,
                  "tuneit: there are two wires (or two outputs) of this name where one is meant; give each a name of "
                  "its own (a Save within a turn of a Repeat is that turn's own)");
    return Ok;
  }
};

/// A wire that is saved within a Repeat or a branch of a Residual and read outside of it, or an Output there.
template <class Model, fixed_string Wire>
struct WireLeavesItsTurn : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<WireLeavesItsTurn, Ok>,
        "tuneit: what is saved within a turn of a Repeat, or within a branch of a Residual, is seen in the same "
        "turn or branch only, and no Output can stand there; save it behind, or write the turns out");
    return Ok;
  }
};

/// The end of a network.
struct TheEnd {};

/// What flows goes nowhere: a From that has neither a Save nor an Output before it, or an end that is no output.
template <class Model, class Where>
struct FlowIsLost : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<FlowIsLost, Ok>,
                  "tuneit: what flows here goes nowhere: before a From it must be saved or given out (Save<\"...\">, "
                  "Output<\"...\">), and a network that has outputs must end with one");
    return Ok;
  }
};

/// A Merge of two shapes that do not go together; or of something that is no way to merge.
template <class Model, fixed_string Block, fixed_string Wire, class Flow, class OnWire>
struct ShapesDoNotMerge : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<ShapesDoNotMerge, Ok>,
        "tuneit: in this block what flows and what is on the wire have shapes that cannot be merged; Add and "
        "Multiply want the same shape, Concat the same but for channels. First comes what flows, then what is "
        "on the wire; see Arrives for channels, height and width");
    return Ok;
  }
};

/// An output that a network does not have.
template <class Model, fixed_string Name, class Hint>
struct NoSuchOutput : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchOutput, Ok>,
                  "tuneit: this network has no output of this name; a network without Output<\"...\"> has one that is "
                  "called \"out\"");
    return Ok;
  }
};

/// An input that a network does not have.
template <class Model, fixed_string Name, class Hint>
struct NoSuchInput : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NoSuchInput, Ok>,
                  "tuneit: this network has no input of this name; see DidYouMean for the nearest that it has. One "
                  "that has no name is called \"images\"");
    return Ok;
  }
};

/// More wires in a network, inputs counted, than there can be, or more read by one block.
template <class Model, int Count, int Most>
struct TooManyWires : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TooManyWires, Ok>,
                  "tuneit: this network has more wires than there can be (64, inputs counted), or a block of it reads "
                  "more than 32 of others; use a Residual where one of them is added at once, or names that turns of a "
                  "Repeat share");
    return Ok;
  }
};

}  // namespace tuneit
