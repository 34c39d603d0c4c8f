#pragma once
// One policy of a recipe that acts: in which phases is it called, with which numbers, and at which moments?
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/group_clip.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/behaviour/judge.hpp"
#include "tuneit/engine/behaviour/step_batch.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/finetune.hpp"

namespace tuneit::detail {

// One that acts on an only output, where there are several.
template <class P, class R>
concept KnowsOneOutput = several_outputs<typename R::model> && acts_at<P>(OnOutputs) &&
    requires(Behaviour<P, R>& b, const StepContext<R>& c, StepOutputs& o) {
  b.on_outputs(o, c);
} && !requires(Behaviour<P, R> & b, const StepContext<R>& c, SeveralStepOutputs& o) {
  b.on_outputs(o, c);
};
template <class P, class R>
struct BehaviourVerdict {
  using type = typename decltype(judge_behaviour<P, Behaviour<P, R>,
                                                 MomentTypes<StepContext<R>, StepBatchOf<R>, StepOutputsOf<R>, Tensors,
                                                             EpochResult, Archive>>())::type;
};
template <class P, class R>
requires KnowsOneOutput<P, R>
struct BehaviourVerdict<P, R> {
  using type = ActsOnOneOutput<P, typename R::model>;
};
template <class P, class R>
using behaviour_verdict = typename BehaviourVerdict<P, R>::type;

/// In the place of a behaviour that was refused.
template <class P>
struct Refused {};

/// The behaviour of P, and its moments: what does not act costs nothing.
template <class R, class P>
class OneBehaviour {
  using Context = StepContext<R>;
  using Batch = StepBatchOf<R>;
  using Outs = StepOutputsOf<R>;

 public:
  // One mistake, one error: what is refused is not called.
  static constexpr bool ok = std::is_same_v<behaviour_verdict<P, R>, Accepted>;
  static constexpr bool acts(Moments m) { return ok && acts_at<P>(m); }
  /// Does somebody act in some phases only?
  static constexpr bool by_phase = some_phase_acts(typename R::parts::phases::list{});

 private:
  // Those of a phase alone, or that a phase has another in the place of: in which phases do they act, and where are
  // their numbers there?
  static constexpr auto where = []<std::size_t... I>(std::index_sequence<I...>) {
    struct Where {
      bool here = true;
      std::size_t offset = 0;
    };
    return std::array{Where{acts_here<typename R::parts, I, P>, acting_offset<typename R::parts, I, P>()}...};
  }
  (std::make_index_sequence<R::phase_count>{});
  static constexpr bool always = [] {
    if constexpr (by_phase)
      for (const auto& w : where)
        if (!w.here || w.offset != where[0].offset) return false;
    return true;
  }();
  static bool here([[maybe_unused]] const Context& c) {
    if constexpr (always)
      return true;
    else
      return where[c.at.phase].here;
  }

 public:
  /// How many numbers that change from step to step it says for a device.
  static constexpr std::size_t says_numbers = [] {
    if constexpr (ok)
      if constexpr (requires(Behaviour<P, R> & b, const Context& c) { b.step_numbers(c); })
        return std::tuple_size_v<decltype(std::declval<Behaviour<P, R>&>().step_numbers(
            std::declval<const Context&>()))>;
    return std::size_t{0};
  }();
  std::conditional_t<ok, Behaviour<P, R>, Refused<P>> behaviour;
  std::size_t sent_at = 0;  ///< where its numbers are among those of all

  /// `begun`: was it told in this phase or before?
  void start(Context& c, [[maybe_unused]] bool first, [[maybe_unused]] bool& begun) {
    if constexpr (acts(OnStart)) {
      if constexpr (!always) {
        if (!here(c) || begun) return;
        begun = true;
      } else if (!first) {
        return;
      }
      with_numbers(c).on_start(std::as_const(c));
    }
  }
  void change(Batch& batch, Context& c) {
    if constexpr (acts(OnBatch))
      if (here(c)) with_numbers(c).on_batch(batch, std::as_const(c));
  }
  void see(const Batch& batch, Context& c) {
    if constexpr (acts(OnInputs))
      if (here(c)) with_numbers(c).on_inputs(batch, std::as_const(c));
  }
  /// `run` computes the gradients: as often as it says, or once.
  template <class Run>
  DeviceScalar around(Context& c, const Run& run) {
    if constexpr (!acts(AroundGradients)) {
      return run();
    } else {
      if (!here(c)) return run();
      DeviceScalar loss;
      bool first = true;
      with_numbers<true>(c).around_gradients(std::as_const(c), [&] {
        DeviceScalar one = run();
        set_numbers<true>(c);  // those within have had theirs
        if (std::exchange(first, false)) loss = one;
        return one;
      });
      return loss;
    }
  }
  template <Order K>
  void change_outputs(Outs& outputs, Context& c) {
    if constexpr (acts(OnOutputs) && order_of<P> == K)
      if (here(c)) with_numbers(c).on_outputs(outputs, std::as_const(c));
  }
  void block_gradients(std::size_t block, Context& c) {
    if constexpr (acts(OnBlockGradients))
      if (here(c)) with_numbers(c).on_block_gradients(block, std::as_const(c));
  }
  template <bool Collects>
  void backward(Context& c) {
    if constexpr (acts(AfterBackward) && (order_of<P> == Order::Collect) == Collects)
      if (here(c)) with_numbers<true>(c).after_backward(std::as_const(c));
  }
  template <Order K>
  void gradients(Context& c) {
    if constexpr (acts(OnGradients) && order_of<P> == K)
      if (here(c)) {
        if constexpr (limits_rows<P, R>)
          limit_rows<P, R>(with_numbers<true>(c), c);
        else
          with_numbers<true>(c).on_gradients(std::as_const(c));
      }
  }
  void say(Context& c, StepNumbers& numbers) {
    if constexpr (says_numbers != 0) {
      std::array<double, says_numbers> said{};
      if (here(c)) said = with_numbers(c).step_numbers(std::as_const(c));
      for (const double x : said) numbers.say(x);
    }
  }
  void move_rate(double& rate, Context& c) const {
    if constexpr (acts(OnRate)) {
      if (!here(c)) return;
      set_numbers(c);
      rate = behaviour.on_rate(rate, std::as_const(c));
    }
  }
  void before(Context& c) {
    if constexpr (acts(BeforeStep))
      if (here(c)) with_numbers<true>(c).before_step(std::as_const(c));
  }
  template <bool Writes>
  void after(Context& c) {
    if constexpr (acts(AfterStep) && effects_of<P>.writes_weights == Writes)
      if (here(c)) with_numbers(c).after_step(std::as_const(c));
  }
  void drop(Context& c) {
    if constexpr (acts(OnDrop))
      if (here(c)) with_numbers(c).on_drop(std::as_const(c));
  }
  void replay(Context& c) {
    if constexpr (ok)
      if constexpr (requires(Behaviour<P, R> & b, const Context& given) { b.replayed(given); })
        if (here(c)) with_numbers(c).replayed(std::as_const(c));
  }
  void after_last(Context& c) {
    if constexpr (acts(AfterLastStep)) with_numbers(c).after_last_step(std::as_const(c));
  }
  void evaluate(const Tensors*& found) const {
    if constexpr (acts(BeforeEvaluation)) found = &behaviour.before_evaluation(*found);
  }
  void epoch(const EpochResult& result, Context& c, bool& stops) {
    if constexpr (acts(OnEpoch))
      if (with_numbers(c).on_epoch(result, std::as_const(c)) == Training::Stop) stops = true;
  }
  /// `begun`: it was, elsewhere; `known`: here.
  void begin_again(Context& c, bool begun, bool known) {
    if constexpr (acts(OnStart) && !always)
      if (begun && !known) {
        const std::size_t phase = c.at.phase;
        while (!where[c.at.phase].here) c.at.phase = (c.at.phase + 1) % R::phase_count;
        with_numbers(c).on_start(std::as_const(c));
        c.at.phase = phase;
      }
  }
  void put(Archive& a) {
    if constexpr (ok && HasState<Behaviour<P, R>, Archive>) a(type_name<P>(), behaviour);
  }
  template <bool MayHold = false>
  void set_numbers(Context& c) const {
    if constexpr (constexpr std::size_t count = number_count<P>; count != 0)
      c.numbers = {numbers_here(c), count};
    else
      c.numbers = {};
    if constexpr (recipe_effects<R>.skips_steps) c.may_hold_ = MayHold && effects_of<P>.skips_steps;
    if constexpr (says_numbers != 0) c.sent_at_ = sent_at;
  }

 private:
  template <bool MayHold = false>
  auto& with_numbers(Context& c) {
    set_numbers<MayHold>(c);
    return behaviour;
  }
  static const double* numbers_here(const Context& c) {
    if constexpr (always && !by_phase)
      return values_of<R, P>(c.settings);
    else
      return c.settings.values.data() + where[c.at.phase].offset;
  }
};

}  // namespace tuneit::detail
