#pragma once
// All behaviours of a recipe: at each moment those that act are called, and what does not act costs nothing.
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <vector>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/behaviour/one_behaviour.hpp"
#include "tuneit/meta/tell_all.hpp"
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

template <class R, class L>
class BehaviourList;
/// Ps: the policies of R that act.
template <class R, class... Ps>
class BehaviourList<R, List<Ps...>> {
  using Batch = StepBatchOf<R>;
  using Outs = StepOutputsOf<R>;
  // One mistake, one error: what is refused is not called.
  using once = std::integer_sequence<bool, reported<behaviour_verdict<Ps, R>>()...>;
  template <class P>
  using One = OneBehaviour<R, P>;
  static constexpr bool by_phase = some_phase_acts(typename R::parts::phases::list{});

 public:
  using Context = StepContext<R>;
  /// Does somebody act in some phases only?
  static constexpr bool changes = by_phase;
  template <class P>
  static constexpr bool has = (std::is_same_v<P, Ps> || ...);

  /// Does any act at one of these moments?
  static constexpr bool at([[maybe_unused]] Moments m) { return (One<Ps>::acts(m) || ...); }
  static constexpr bool any = sizeof...(Ps) > 0;

  BehaviourList() {
    if constexpr (any || recipe_effects<R>.flat_gradients) rows_ = trained_rows<R>();
    [[maybe_unused]] std::size_t sent = 0;
    ((one<Ps>().sent_at = sent, sent += One<Ps>::says_numbers), ...);
  }

  [[nodiscard]] const std::vector<std::size_t>& rows(std::size_t phase) const { return rows_[phase]; }

  /// `first`: all that hold in the whole training are told; those of the phase at hand are told once anyway.
  void on_start(Context& c, bool first = true) { (one<Ps>().start(c, first, begun_[place<Ps>]), ...); }
  void on_batch(Batch& batch, Context& c) { (one<Ps>().change(batch, c), ...); }
  void on_inputs(const Batch& batch, Context& c) { (one<Ps>().see(batch, c), ...); }
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
  void on_block_gradients(std::size_t block, Context& c) { (one<Ps>().block_gradients(block, c), ...); }
  void after_backward(Context& c) {
    (one<Ps>().template backward<false>(c), ...);
    (one<Ps>().template backward<true>(c), ...);
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
  static constexpr std::size_t step_numbers = (std::size_t{0} + ... + One<Ps>::says_numbers);
  /// For a device: before the first pass of a step.
  void say_numbers(Context& c, StepNumbers& numbers) { (one<Ps>().say(c, numbers), ...); }
  [[nodiscard]] double on_rate(double rate, Context& c) const {
    (one<Ps>().move_rate(rate, c), ...);
    return rate;
  }
  void before_step(Context& c) { (one<Ps>().before(c), ...); }
  // What has happened by then cannot be taken back: all are told, and the first thing thrown is thrown at the end.
  void after_step(Context& c) {
    tell_all<several<AfterStep>>([&] { one<Ps>().template after<true>(c); }...,
                                 [&] { one<Ps>().template after<false>(c); }...);
  }
  void on_drop(Context& c) { (one<Ps>().drop(c), ...); }
  /// The step was replayed on the device: what its moments change on the host.
  void replayed(Context& c) { (one<Ps>().replay(c), ...); }
  void after_last_step(Context& c) {
    tell_all<several<AfterLastStep>>([&] { one<Ps>().after_last(c); }...);
  }
  [[nodiscard]] const Tensors& before_evaluation(const Tensors& own) const {
    const Tensors* found = &own;
    (one<Ps>().evaluate(found), ...);
    return *found;
  }
  /// `stops` becomes true where one says so.
  void on_epoch(const EpochResult& result, Context& c, bool& stops) {
    tell_all<several<OnEpoch>>([&] { one<Ps>().epoch(result, c, stops); }...);
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
    (one<Ps>().put(a), ...);
  }
  /// Makes what was begun elsewhere, so that it can be read into.
  void begin_again(Context& c, const std::array<bool, sizeof...(Ps) + 1>& begun) {
    (one<Ps>().begin_again(c, begun[place<Ps>], begun_[place<Ps>]), ...);
    begun_ = begun;
  }

  template <class P>
  [[nodiscard]] auto& get() {
    return one<P>().behaviour;
  }
  template <class P>
  [[nodiscard]] const auto& get() const {
    return one<P>().behaviour;
  }

 private:
  /// Do two or more act at this moment?
  template <Moments M>
  static constexpr bool several = (0 + ... + (One<Ps>::acts(M) ? 1 : 0)) > 1;
  template <class P>
  [[nodiscard]] One<P>& one() {
    return std::get<One<P>>(all_);
  }
  template <class P>
  [[nodiscard]] const One<P>& one() const {
    return std::get<One<P>>(all_);
  }
  template <class P>
  static constexpr std::size_t place = [] {
    constexpr bool same[] = {std::is_same_v<P, Ps>..., true};
    std::size_t i = 0;
    while (!same[i]) ++i;
    return i;
  }();
  template <class P, class... Later, class Run>
  DeviceScalar around(Context& c, const Run& run) {
    if constexpr (!One<P>::acts(AroundGradients))
      return around<Later...>(c, run);
    else
      return one<P>().around(c, [&] { return around<Later...>(c, run); });
  }
  template <class... None, class Run>
  requires(sizeof...(None) == 0) DeviceScalar around(Context&, const Run& run) { return run(); }
  template <Order K>
  void outputs_in(Outs& outputs, Context& c) {
    (one<Ps>().template change_outputs<K>(outputs, c), ...);
  }
  template <Order K>
  void in_order(Context& c) {
    (one<Ps>().template gradients<K>(c), ...);
  }

  std::tuple<One<Ps>...> all_;
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
