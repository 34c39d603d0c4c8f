#pragma once
// All behaviours of a recipe: at each moment those that act are called, and what does not act costs nothing.
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/group_clip.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/behaviour/judge.hpp"
#include "tuneit/engine/behaviour/tell_all.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/judges/acting_order.hpp"

namespace tuneit {
namespace detail {

/// Rows of parameters that train in each phase.
template <class R>
std::vector<std::vector<std::size_t>> trained_rows() {
  const auto& t = table<typename R::model>;
  std::vector<std::vector<std::size_t>> rows;
  for (const auto& plan : plans<R>) {
    auto& of_phase = rows.emplace_back();
    for (std::size_t i = 0; i < t.size; ++i)
      if (!t.rows[i].is_buffer() && !t.rows[i].is_tied() && !plan.rows[i].frozen) of_phase.push_back(i);
  }
  return rows;
}

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

/// Ps: the policies of R that act.
template <class R, class... Ps>
class BehaviourList<R, List<Ps...>> {
  using Given = StepContext<R>;
  using Batch = StepBatchOf<R>;
  using Outs = StepOutputsOf<R>;
  // One mistake, one error: what is refused is not called.
  using once = std::integer_sequence<bool, reported<behaviour_verdict<Ps, R>>()...>;
  template <class P>
  static constexpr bool ok = std::is_same_v<behaviour_verdict<P, R>, Accepted>;
  template <class P>
  static constexpr bool acts(Moments m) {
    return ok<P> && acts_at<P>(m);
  }
  // Those of a phase alone, or that a phase has another in the place of: in which phases do they act, and where are
  // their numbers there?
  template <class P>
  static constexpr auto where = []<std::size_t... I>(std::index_sequence<I...>) {
    struct Where {
      bool here = true;
      std::size_t offset = 0;
    };
    return std::array{Where{acts_here<typename R::parts, I, P>, acting_offset<typename R::parts, I, P>()}...};
  }
  (std::make_index_sequence<R::phase_count>{});
  static constexpr bool by_phase = some_phase_acts(typename R::parts::phases::list{});
  template <class P>
  static constexpr bool always = [] {
    if constexpr (by_phase)
      for (const auto& w : where<P>)
        if (!w.here || w.offset != where<P>[0].offset) return false;
    return true;
  }();
  template <class P>
  static constexpr std::size_t says_numbers = [] {
    if constexpr (ok<P>)
      if constexpr (requires(Behaviour<P, R> & b, const Given& c) { b.step_numbers(c); })
        return std::tuple_size_v<decltype(std::declval<Behaviour<P, R>&>().step_numbers(std::declval<const Given&>()))>;
    return std::size_t{0};
  }();
  static constexpr std::size_t all_numbers[] = {says_numbers<Ps>..., 0};
  template <class P>
  static bool here([[maybe_unused]] const Given& c) {
    if constexpr (always<P>)
      return true;
    else
      return where<P>[c.at.phase].here;
  }

 public:
  using Context = StepContext<R>;
  /// Does somebody act in some phases only?
  static constexpr bool changes = by_phase;
  template <class P>
  static constexpr bool has = (std::is_same_v<P, Ps> || ...);

  /// Does any act at one of these moments?
  static constexpr bool at([[maybe_unused]] Moments m) { return (acts<Ps>(m) || ...); }
  static constexpr bool any = sizeof...(Ps) > 0;

  BehaviourList() {
    if constexpr (any || recipe_effects<R>.flat_gradients) rows_ = trained_rows<R>();
  }

  [[nodiscard]] const std::vector<std::size_t>& rows(std::size_t phase) const { return rows_[phase]; }

  /// `first`: all that hold in the whole training are told; those of the phase at hand are told once anyway.
  void on_start(Context& c, bool first = true) { (start<Ps>(c, first), ...); }
  void on_batch(Batch& batch, Context& c) { (change<Ps>(batch, c), ...); }
  void on_inputs(const Batch& batch, Context& c) { (see<Ps>(batch, c), ...); }
  /// `run` is called as often as those that act around gradients say: the first called is the outermost.
  template <class Run>
  void around_gradients(Context& c, const Run& run) {
    around<Ps...>(c, run);
  }
  void on_outputs(Outs& outputs, Context& c) {
    outputs_in<Order::Collect>(outputs, c);
    outputs_in<Order::Reduce>(outputs, c);
    outputs_in<Order::Add>(outputs, c);
    outputs_in<Order::Limit>(outputs, c);
    outputs_in<Order::Read>(outputs, c);
    outputs_in<Order::Scale>(outputs, c);
  }
  void on_block_gradients(std::size_t block, Context& c) { (block_gradients<Ps>(block, c), ...); }
  void after_backward(Context& c) {
    (backward<Ps, false>(c), ...);
    (backward<Ps, true>(c), ...);
  }
  void on_gradients(Context& c) {
    on_gradients(c, [] {});
  }
  /// The same; `collected` is called when those of several batches are one.
  template <class F>
  void on_gradients(Context& c, const F& collected) {
    in_order<Order::Collect>(c);
    collected();
    in_order<Order::Scale>(c);
    in_order<Order::Reduce>(c);
    in_order<Order::Add>(c);
    in_order<Order::Limit>(c);
    in_order<Order::Read>(c);
  }
  /// How many numbers change from step to step, of all that say some.
  static constexpr std::size_t step_numbers = (std::size_t{0} + ... + says_numbers<Ps>);
  /// For a device: before the first pass of a step.
  void say_numbers(Context& c, StepNumbers& numbers) { (say<Ps>(c, numbers), ...); }
  [[nodiscard]] double on_rate(double rate, Context& c) const {
    (move_rate<Ps>(rate, c), ...);
    return rate;
  }
  void before_step(Context& c) { (before<Ps>(c), ...); }
  // What has happened by then cannot be taken back: all are told, and the first thing thrown is thrown at the end.
  void after_step(Context& c) {
    tell_all<several<AfterStep>>([&] { after<Ps, true>(c); }..., [&] { after<Ps, false>(c); }...);
  }
  void on_drop(Context& c) { (drop<Ps>(c), ...); }
  /// The step was replayed on the device: what its moments change on the host.
  void replayed(Context& c) { (replay<Ps>(c), ...); }
  void after_last_step(Context& c) {
    tell_all<several<AfterLastStep>>([&] { after_last<Ps>(c); }...);
  }
  [[nodiscard]] const Tensors& before_evaluation(const Tensors& own) const {
    const Tensors* found = &own;
    (evaluate<Ps>(found), ...);
    return *found;
  }
  /// `stops` becomes true where one says so.
  void on_epoch(const EpochResult& result, Context& c, bool& stops) {
    tell_all<several<OnEpoch>>([&] { epoch<Ps>(result, c, stops); }...);
  }
  void state(Archive& a) {
    state(a, [](const auto&) {});
  }
  /// `make(begun)` is called while reading, before what began by then is read into.
  template <class Make>
  void state(Archive& a, const Make& make) {
    if constexpr (by_phase) {
      std::array<bool, sizeof...(Ps) + 1> begun = begun_;
      a("begun", begun);
      if (a.reads()) make(begun);
    }
    (put<Ps>(a), ...);
  }
  /// Makes what was begun elsewhere, so that it can be read into.
  void begin_again(Context& c, const std::array<bool, sizeof...(Ps) + 1>& begun) {
    (begin_one<Ps>(c, begun), ...);
    begun_ = begun;
  }

  template <class P>
  [[nodiscard]] auto& get() {
    return std::get<std::conditional_t<ok<P>, Behaviour<P, R>, Refused<P>>>(all_);
  }
  template <class P>
  [[nodiscard]] const auto& get() const {
    return std::get<std::conditional_t<ok<P>, Behaviour<P, R>, Refused<P>>>(all_);
  }

 private:
  /// Do two or more act at this moment?
  template <Moments M>
  static constexpr bool several = (0 + ... + (acts<Ps>(M) ? 1 : 0)) > 1;
  template <class P, bool MayHold = false>
  auto& with_numbers(Context& c) {
    set_numbers<P, MayHold>(c);
    return get<P>();
  }
  template <class P, bool MayHold = false>
  static void set_numbers(Context& c) {
    if constexpr (constexpr std::size_t count = number_count<P>; count != 0)
      c.numbers = {numbers_here<P>(c), count};
    else
      c.numbers = {};
    if constexpr (recipe_effects<R>.skips_steps) c.may_hold_ = MayHold && effects_of<P>.skips_steps;
    if constexpr (says_numbers<P> != 0) {
      constexpr std::size_t at = [] {
        std::size_t before = 0;
        for (std::size_t i = 0; i < place<P>; ++i) before += all_numbers[i];
        return before;
      }();
      c.sent_at_ = at;
    }
  }

  template <class P>
  static const double* numbers_here(const Context& c) {
    if constexpr (always<P> && !by_phase)
      return values_of<R, P>(c.settings);
    else
      return c.settings.values.data() + where<P>[c.at.phase].offset;
  }

  template <class P>
  void start(Context& c, [[maybe_unused]] bool first) {
    if constexpr (acts<P>(OnStart)) {
      if constexpr (!always<P>) {
        bool& begun = begun_[place<P>];
        if (!here<P>(c) || begun) return;
        begun = true;
      } else if (!first) {
        return;
      }
      with_numbers<P>(c).on_start(std::as_const(c));
    }
  }
  template <class P>
  static constexpr std::size_t place = [] {
    constexpr bool same[] = {std::is_same_v<P, Ps>..., true};
    std::size_t i = 0;
    while (!same[i]) ++i;
    return i;
  }();
  template <class P>
  void change(Batch& batch, Context& c) {
    if constexpr (acts<P>(OnBatch))
      if (here<P>(c)) with_numbers<P>(c).on_batch(batch, std::as_const(c));
  }
  template <class P>
  void see(const Batch& batch, Context& c) {
    if constexpr (acts<P>(OnInputs))
      if (here<P>(c)) with_numbers<P>(c).on_inputs(batch, std::as_const(c));
  }
  template <class P, class... Later, class Run>
  DeviceScalar around(Context& c, const Run& run) {
    if constexpr (!acts<P>(AroundGradients)) {
      return around<Later...>(c, run);
    } else {
      if (!here<P>(c)) return around<Later...>(c, run);
      DeviceScalar loss;
      bool first = true;
      with_numbers<P, true>(c).around_gradients(std::as_const(c), [&] {
        DeviceScalar one = around<Later...>(c, run);
        set_numbers<P, true>(c);  // those within have had theirs
        if (std::exchange(first, false)) loss = one;
        return one;
      });
      return loss;
    }
  }
  template <class... None, class Run>
  requires(sizeof...(None) == 0) DeviceScalar around(Context&, const Run& run) { return run(); }
  template <Order K>
  void outputs_in(Outs& outputs, Context& c) {
    (change_outputs<K, Ps>(outputs, c), ...);
  }
  template <Order K, class P>
  void change_outputs(Outs& outputs, Context& c) {
    if constexpr (acts<P>(OnOutputs) && order_of<P> == K)
      if (here<P>(c)) with_numbers<P>(c).on_outputs(outputs, std::as_const(c));
  }
  template <class P>
  void block_gradients(std::size_t block, Context& c) {
    if constexpr (acts<P>(OnBlockGradients))
      if (here<P>(c)) with_numbers<P>(c).on_block_gradients(block, std::as_const(c));
  }
  template <class P, bool Collects>
  void backward(Context& c) {
    if constexpr (acts<P>(AfterBackward) && (order_of<P> == Order::Collect) == Collects)
      if (here<P>(c)) with_numbers<P, true>(c).after_backward(std::as_const(c));
  }
  template <Order K>
  void in_order(Context& c) {
    (gradients<K, Ps>(c), ...);
  }
  template <Order K, class P>
  void gradients(Context& c) {
    if constexpr (acts<P>(OnGradients) && order_of<P> == K)
      if (here<P>(c)) {
        if constexpr (limits_rows<P, R>)
          limit_rows<P, R>(with_numbers<P, true>(c), c);
        else
          with_numbers<P, true>(c).on_gradients(std::as_const(c));
      }
  }
  template <class P>
  void say(Context& c, StepNumbers& numbers) {
    if constexpr (says_numbers<P> != 0) {
      std::array<double, says_numbers<P>> said{};
      if (here<P>(c)) said = with_numbers<P>(c).step_numbers(std::as_const(c));
      for (const double x : said) numbers.say(x);
    }
  }
  template <class P>
  void move_rate(double& rate, Context& c) const {
    if constexpr (acts<P>(OnRate)) {
      if (!here<P>(c)) return;
      set_numbers<P>(c);
      rate = get<P>().on_rate(rate, std::as_const(c));
    }
  }
  template <class P>
  void before(Context& c) {
    if constexpr (acts<P>(BeforeStep))
      if (here<P>(c)) with_numbers<P, true>(c).before_step(std::as_const(c));
  }
  template <class P, bool Writes>
  void after(Context& c) {
    if constexpr (acts<P>(AfterStep) && effects_of<P>.writes_weights == Writes)
      if (here<P>(c)) with_numbers<P>(c).after_step(std::as_const(c));
  }
  template <class P>
  void drop(Context& c) {
    if constexpr (acts<P>(OnDrop))
      if (here<P>(c)) with_numbers<P>(c).on_drop(std::as_const(c));
  }
  template <class P>
  void replay(Context& c) {
    if constexpr (ok<P>)
      if constexpr (requires(Behaviour<P, R> & b, const Given& given) { b.replayed(given); })
        if (here<P>(c)) with_numbers<P>(c).replayed(std::as_const(c));
  }
  template <class P>
  void after_last(Context& c) {
    if constexpr (acts<P>(AfterLastStep)) with_numbers<P>(c).after_last_step(std::as_const(c));
  }
  template <class P>
  void evaluate(const Tensors*& found) const {
    if constexpr (acts<P>(BeforeEvaluation)) found = &get<P>().before_evaluation(*found);
  }
  template <class P>
  void epoch(const EpochResult& result, Context& c, bool& stops) {
    if constexpr (acts<P>(OnEpoch))
      if (with_numbers<P>(c).on_epoch(result, std::as_const(c)) == Training::Stop) stops = true;
  }
  template <class P>
  void begin_one(Context& c, const std::array<bool, sizeof...(Ps) + 1>& begun) {
    if constexpr (acts<P>(OnStart) && !always<P>)
      if (begun[place<P>] && !begun_[place<P>]) {
        const std::size_t phase = c.at.phase;
        while (!where<P>[c.at.phase].here) c.at.phase = (c.at.phase + 1) % R::phase_count;
        with_numbers<P>(c).on_start(std::as_const(c));
        c.at.phase = phase;
      }
  }
  template <class P>
  void put(Archive& a) {
    if constexpr (ok<P> && HasState<Behaviour<P, R>, Archive>) a(type_name<P>(), get<P>());
  }

  std::tuple<std::conditional_t<ok<Ps>, Behaviour<Ps, R>, Refused<Ps>>...> all_;
  std::vector<std::vector<std::size_t>> rows_;   ///< of each phase; none where nothing acts
  std::array<bool, sizeof...(Ps) + 1> begun_{};  ///< those of phases that were told of their start
};

template <class R, class L>
struct ActingOf;
template <class R, class... Ps>
struct ActingOf<R, List<Ps...>> {
  using type = BehaviourList<R, typename CallingOrder<filter_t<Acts, Ps...>>::type>;
};

}  // namespace detail

template <class R>
using Behaviours = typename detail::ActingOf<R, detail::acting_policies<typename R::parts>>::type;

}  // namespace tuneit
