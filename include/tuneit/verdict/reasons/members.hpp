#pragma once
// Reasons for a refusal: things of one's own that are not what they say.
#include <cstdint>
#include <type_traits>

#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

enum Abilities : unsigned;
enum Moments : unsigned;

/// Members that one's own policies, schedules and hooks have by name; a reason says which one is meant.
enum class Member : std::uint8_t {
  stage,
  numbers,
  has,
  judge,
  acts,
  order,
  effects,
  after,
  memory,
  batches_per_step,
  judge_recipe,
  constructor,
  selector,
  on_leaf,
  not_final,
  update,
  leaves_out,
  takes,
  lower_is_better,
  on,
  on_step,
  on_epoch,
  should_stop
};

/// A member that a schedule or a policy has, but does not announce: nobody would ask it. `Word` is the one that is
/// missing.
template <class Thing, auto Word>
struct ActsUnannounced : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<ActsUnannounced, Ok>,
                  "tuneit: this has a member that it does not announce, so nobody would ask it; say the last argument "
                  "(joined by |) in `static constexpr Abilities has = ...;` of a schedule, `static constexpr Moments "
                  "acts = ...;` of a policy, or drop the member");
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
    if constexpr (std::is_same_v<decltype(Which), Moments>)
      static_assert(mended<LacksItsMember, Ok>,
                    "tuneit: this policy says that it acts at a moment (the last argument) for which it has no member "
                    "that can be called so: on_start(c), on_batch(StepBatch&, c), on_inputs(const StepBatch&, "
                    "c), around_gradients(c, run), "
                    "on_outputs(StepOutputs&, c), after_backward(c), on_gradients(c), double on_rate(double, c) const, "
                    "before_step(c), after_step(c), on_drop(c), after_last_step(c), const Tensors& "
                    "before_evaluation(const Tensors&) const, Training on_epoch(const EpochResult&, c); c is a const "
                    "StepContext<R>&, `template <class C> void after_step(const C& c)`");
    else if constexpr (std::is_same_v<decltype(Which), Abilities>)
      static_assert(mended<LacksItsMember, Ok>,
                    "tuneit: this schedule announces what it does not have, or not so: MovesMomentum: double "
                    "momentum(const ScheduleTime&, const double*); WatchesLoss: PlateauState start(const double*); "
                    "KnowsNeverActs, KnowsTooLong: template <int N> bool never_acts, too_long; all of them static and "
                    "constexpr");
    else if constexpr (Which == Member::takes || Which == Member::lower_is_better || Which == Member::on)
      static_assert(mended<LacksItsMember, Ok>,
                    "tuneit: this metric has the member that is named last misspelt, private or of another type, so "
                    "nobody would ask it: `static constexpr bool takes(TargetKind)`, `static constexpr bool "
                    "lower_is_better = true;`, `using on = On<\"output\">;`");
    else if constexpr (Which == Member::has)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: this schedule has `has` missing, misspelt or of another type: `static constexpr Abilities has "
          "= MovesMomentum;`");
    else if constexpr (Which == Member::update || Which == Member::leaves_out)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: this optimizer lacks how it steps, or it is misspelt or private: `template <class... O> struct "
          "Update<Own<O...>>` with `static void step(const GroupStep<Own<O...>>& g)` and, where it looks at "
          "overflow itself, `static constexpr bool leaves_out = true;`");
    else if constexpr (Which == Member::on_step || Which == Member::on_epoch || Which == Member::should_stop)
      static_assert(mended<LacksItsMember, Ok>,
                    "tuneit: this hook has the member that is named last, and it cannot be called so: on_step(const "
                    "StepReport&), on_epoch(const EpochResult&, const T& trainer), bool should_stop()");
    else if constexpr (Which == Member::constructor || Which == Member::not_final)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: a policy that acts is made by the trainer, and derived from: it has a default constructor, "
          "and is not final");
    else if constexpr (Which == Member::selector || Which == Member::on_leaf)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: a rule says which layers it is about, `using selector = S;`, and what it makes of each leaf: "
          "`template <class Leaf> struct on {};`, and for those that it is for `template <int C, NormOptions O> "
          "struct on<BatchNorm2d<C, O>> { using type = ...; };`; what the last argument names is missing or "
          "misspelt");
    else if constexpr (Which == Member::acts || Which == Member::order || Which == Member::effects ||
                       Which == Member::after || Which == Member::memory)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: what this policy says of when it acts is missing, misspelt, private or of another type, see "
          "the last argument: `static constexpr Moments acts`, with OnGradients or OnOutputs `static constexpr "
          "Order order`, `static constexpr Effects effects`, with Effects{.memory = true} `template <class S> "
          "static constexpr PolicyMemory memory(const S& settings)`, `using after = List<policies>`");
    else if constexpr (Which == Member::batches_per_step)
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: a policy that makes a step of several batches says `static constexpr long long "
          "batches_per_step(const double* numbers)`, acts AfterBackward (takes gradients away), OnGradients (gives "
          "them back) and OnDrop (forgets them), and has `Order::Collect`");
    else
      static_assert(
          mended<LacksItsMember, Ok>,
          "tuneit: the last argument names a member of this policy that is missing, misspelt, private, not static "
          "or not constexpr, or of another type: `static constexpr Stage stage`, `static constexpr std::array "
          "numbers{Hyperparameter{.name = \"letters-and-hyphens\"}}`, `template <class Model> struct judge` and "
          "`template <class Parts> using judge_recipe` (type: a verdict)");
    return Ok;
  }
};

/// A behaviour that remembers something from step to step, and that a saved training would not have.
template <class P>
struct StateNotSaved : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<StateNotSaved, Ok>,
        "tuneit: this policy has members that change in a training, and a training that is saved and goes on "
        "would not have them; write `void state(Archive& a) { a(\"name\", member_); }`, or say `using keeps = "
        "Nothing;`");
    return Ok;
  }
};

/// c.hold(), and no policy of the recipe announces it: planners would count on every step.
template <class Recipe>
struct HoldsUnannounced : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<HoldsUnannounced, Ok>,
                  "tuneit: a policy of this recipe says c.hold(), and none announces that steps are left out; say "
                  "`static constexpr Effects effects{.skips_steps = true};`");
    return Ok;
  }
};

/// Two policies each of which is to be called after the other, by what they say or by what others in between do; or one
/// after itself.
template <class First, class Second>
struct AfterEachOther : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<AfterEachOther, Ok>,
                  "tuneit: each of these two policies is to be called after the other (`using after = List<...>`, its "
                  "own or that of policies in between); drop one of the two");
    return Ok;
  }
};

/// Two policies that act on gradients in the same place, where one must be before the other.
template <class First, class Second>
struct SameOrder : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<SameOrder, Ok>,
                  "tuneit: both of these policies act on gradients (or on outputs) at the same Order, where only one "
                  "can; several may "
                  "be of Order::Add or Order::Read, which commute; drop one, or say in the later one `using after = "
                  "List<the other>;`");
    return Ok;
  }
};

}  // namespace tuneit
