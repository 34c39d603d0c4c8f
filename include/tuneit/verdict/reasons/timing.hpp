#pragma once
// Reasons for a refusal: phases, schedules and time.
#include "tuneit/meta/fixed_string.hpp"
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// EarlyStop with a patience that the training does not outlast.
template <class Policy, int Epochs>
struct NeverStops : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NeverStops, Ok>,
                  "tuneit: the patience is not shorter than the training, so it would never end early; shorten it, "
                  "or train longer");
    return Ok;
  }
};

/// Something in Phases that is not a phase.
template <class Thing>
struct NotAPhase : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAPhase, Ok>,
                  "tuneit: Phases is made of phases, each with its length first: Phases<Phase<Epochs<1>, "
                  "Freeze<Backbone>>, Phase<Epochs<4>>>");
    return Ok;
  }
};

/// A policy that can only hold for the whole training.
template <class Phase, class Policy>
struct NotInAPhase : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<NotInAPhase, Ok>,
        "tuneit: this holds for the whole training and cannot change from phase to phase; put it beside "
        "Phases<...>. A phase takes policies that freeze, unfreeze or scale, BatchStats and FrozenStats, an "
        "optimizer or options of it such as Lr<1e-5>, a schedule, a Warmup, a loss, BatchSize, Side, Augment, and "
        "GroupOf and policies that act in steps, such as ClipNorm, Mixup, Sam and L2Sp");
    return Ok;
  }
};

/// Something in a GroupOf that cannot be a group's own.
template <class Group, class Policy>
struct NotInAGroup : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotInAGroup, Ok>,
                  "tuneit: a group of tensors cannot have this for itself; GroupOf takes an optimizer, options of it "
                  "such as Lr<1e-3>, ClipNorm or ClipValue, a schedule that does not watch the loss, and a Warmup; put "
                  "the rest beside it");
    return Ok;
  }
};

/// A GroupOf of whose tensors none trains where it holds.
template <class Group>
struct GroupTrainsNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<GroupTrainsNothing, Ok>,
                  "tuneit: none of the tensors in this group trains, so its optimizer would have nothing to do; drop "
                  "the group, or unfreeze what it selects");
    return Ok;
  }
};

/// A phase in which every tensor is treated as in the one before, because of a policy of all phases (phases count from
/// 1).
template <class Policy, int Phase>
struct PhaseChangesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PhaseChangesNothing, Ok>,
                  "tuneit: beside this policy the phase (the last argument, counted from 1) changes nothing: every "
                  "tensor is treated as in the phase before; drop the policy or the phase, or let GradualUnfreeze name "
                  "what it unfreezes, GradualUnfreeze<Epochs<1>, Head, Layer<\"layer4\">>: the rest stays frozen");
    return Ok;
  }
};

/// Two phases, one after the other, in which the same holds.
template <class Before, class After>
struct PhaseRepeats : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<PhaseRepeats, Ok>,
        "tuneit: the second of these phases does what the first does; write them as one, as long as both together");
    return Ok;
  }
};

/// Epochs<N> beside phases that have another length together.
template <int EpochsOfTheRecipe, int EpochsOfItsPhases>
struct PhasesDisagree : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PhasesDisagree, Ok>,
                  "tuneit: the phases have another length together than the recipe; drop Epochs<N>, which follows "
                  "from them");
    return Ok;
  }
};

/// Epochs that belong to no phase.
template <class Before, class After>
struct PhasesLeaveGap : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PhasesLeaveGap, Ok>,
                  "tuneit: between these two phases there are epochs that belong to none; a Span begins where the "
                  "one before ends, and the first at 0");
    return Ok;
  }
};

/// Epochs that belong to two phases.
template <class Before, class After>
struct PhasesOverlap : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<PhasesOverlap, Ok>,
                  "tuneit: these two phases share epochs; a Span begins where the one before ends");
    return Ok;
  }
};

/// A schedule that does not begin where the one before it ends.
template <class Before, class After>
struct ScheduleJumps : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ScheduleJumps, Ok>,
                  "tuneit: the second of these schedules begins at another rate than the first ends (after a "
                  "warm-up: at the full rate); let them meet, or say Jump<...> if it is meant");
    return Ok;
  }
};

/// A schedule whose first step would come after the training.
template <class Policy, int Epochs>
struct ScheduleNeverActs : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ScheduleNeverActs, Ok>,
                  "tuneit: the training ends before this schedule does anything; train longer, or let it act "
                  "earlier");
    return Ok;
  }
};

/// A schedule or warm-up that is longer than the training or the phase in which it runs.
template <class Policy, int Epochs>
struct ScheduleTooLong : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ScheduleTooLong, Ok>,
                  "tuneit: this is longer than the training (or the phase) in which it runs, whose epochs are the "
                  "last argument; shorten it");
    return Ok;
  }
};

/// Fewer epochs than gradual unfreezing needs for its phases.
template <class Policy, int Phases, int EpochsOfTheRecipe, int EpochsNeeded>
struct TooFewEpochs : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TooFewEpochs, Ok>,
                  "tuneit: this policy makes so many phases (the second argument), and the epochs of the recipe (the "
                  "third) do not suffice for them; write Epochs<N> with at least as many as the last argument, or name "
                  "fewer selectors, GradualUnfreeze<Epochs<1>, Head, Layer<\"layer4\">>");
    return Ok;
  }
};

}  // namespace tuneit
