#pragma once
// Reasons for a refusal: things of one's own that are not what they say.
#include <cstdint>

#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// Members that one's own policies, schedules and hooks have by name; a reason says which one is meant.
enum class Member : std::uint8_t { stage, knobs, has, judge, on_step, on_epoch, should_stop };

/// A member that a schedule has, but does not announce: nobody would ask it. `Ability` is the word that is missing.
template <class Thing, auto Ability>
struct ActsUnannounced : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ActsUnannounced, Ok>,
                  "tuneit: this schedule has a member that it does not announce, so nobody would ask it; say the last "
                  "argument in `static constexpr Abilities has = ...;` (joined by |), or drop the member");
    return Ok;
  }
};

/// A policy or hook of one's own that does nothing at all: most likely a member of it is misspelt.
template <class Thing>
struct DoesNothing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<DoesNothing, Ok>,
                  "tuneit: this does nothing, or a member of it is misspelt, private or takes other arguments; a "
                  "policy that edits has `static constexpr Stage stage` and `template <class Model, class P> static "
                  "constexpr void apply(P& plan)`, which must change some tensor of the model, any other fills a slot "
                  "of slots::; a hook has on_step(const StepReport&), on_epoch(const EpochResult&, const T& trainer) "
                  "or bool should_stop()");
    return Ok;
  }
};

/// Something of one's own that must have a member, or says that it has one, and the member is not there or cannot be
/// used so. The last argument is the member, or the word that announces it.
template <class Thing, auto Which>
struct LacksItsMember : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<LacksItsMember, Ok>,
                  "tuneit: the last argument names a member (or announces one) that is missing, misspelt, private, not "
                  "static or not constexpr, or of another type. Policy: `static constexpr Stage stage`, `static "
                  "constexpr std::array knobs{Knob{...}}`, `template <class Model> struct judge` (type: a verdict). "
                  "Schedule: `static constexpr Abilities has`; MovesMomentum: double "
                  "momentum(const Moment&, const double*); WatchesLoss: PlateauState start(const double*); "
                  "KnowsNeverActs, KnowsTooLong: template <int N> bool never_acts, too_long. Hook: "
                  "on_step(const StepReport&), on_epoch(const EpochResult&, const T& trainer), bool should_stop()");
    return Ok;
  }
};

}  // namespace tuneit
