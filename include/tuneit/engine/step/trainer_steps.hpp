#pragma once
// When do gradients become a step of the optimizer, and who acts then?
#include <utility>

#include "tuneit/engine/step/trainer_passes.hpp"
#include "tuneit/engine/step/trainer_state.hpp"

namespace tuneit::detail {

/// The step counts, and no weight moves. `bad`: gradients were not finite.
template <class R>
void leave_step_out(TrainerState<R>& t, const at::Tensor& bad) {
  t.statistics.commit(bad);
  t.gradients.assign(t.tensors.size(), {});
  ++t.step;
}

template <class Opt>
double& rate_of(OptimizerValues<Opt>& numbers) {
  return numbers.lr;
}
template <class... Vs>
double& rate_of(std::variant<Vs...>& numbers) {
  return std::visit([](auto& n) -> double& { return n.lr; }, numbers);
}

/// How many numbers of a step policies say: those of the optimizer stand behind them.
template <class R>
inline constexpr std::size_t who_says = TrainerState<R>::Acting::step_numbers;

/// Where a device computes, the numbers of the step at hand are sent to it.
template <class R>
[[gnu::noinline]] void send_numbers(TrainerState<R>& t, long long spe) {
  using Who = typename TrainerState<R>::Acting;
  t.numbers.begin();
  if constexpr (computes_low<R>) t.numbers.set_casts(t.low.on() && keeps_casts<R> ? &t.low.casts() : nullptr);
  if constexpr (Who::step_numbers != 0) {
    auto c = t.context(spe);
    t.behaviours.say_numbers(c, t.numbers);
  }
  const auto moved = [&](double own) {
    if constexpr (Who::at(OnRate)) {
      auto c = t.context(spe);
      own = t.behaviours.on_rate(own, c);
    }
    return own;
  };
  auto numbers = optimizer_at<R>(t.settings, t.step, spe);
  double& rate = rate_of(numbers);
  rate = moved(rate);
  t.optimizer.say(numbers, t.phase, t.numbers);
  if constexpr (R::parts::grouped) t.optimizer.say_groups(t.settings, t.step, spe, t.phase, moved, t.numbers);
  t.numbers.send();
}

/// One step of the optimizer; takes the gradients away. In line, as it is called from one place: 30 instructions.
template <class R>
[[gnu::always_inline]] inline void optimize(TrainerState<R>& t, long long spe) {
  using Who = typename TrainerState<R>::Acting;
  auto numbers = optimizer_at<R>(t.settings, t.step, spe);
  if constexpr (Who::at(OnGradients | OnRate | BeforeStep | AfterStep)) {
    auto c = t.context(spe);
    c.overflow = t.health.bad();
    if constexpr (over_ranks)
      t.behaviours.on_gradients(c, [&] { t.ranks.reduce_window(t, c); });
    else
      t.behaviours.on_gradients(c);
    double& rate = rate_of(numbers);
    rate = t.behaviours.on_rate(rate, c);
    t.behaviours.before_step(c);
    if constexpr (recipe_effects<R>.skips_steps)
      if (c.held()) return leave_step_out(t, c.overflow);
    t.numbers.rates_from(who_says<R>);
    t.optimizer.step(numbers, t.phase, t.gradients, c.overflow, t.numbers);
    if constexpr (R::parts::grouped)
      t.optimizer.step_groups(
          t.settings, t.step, spe, t.phase, [&](double own) { return t.behaviours.on_rate(own, c); }, t.gradients,
          c.overflow, t.numbers);
    t.statistics.commit(c.overflow);
    ++t.step;
    t.behaviours.after_step(c);
  } else {
    t.numbers.rates_from(who_says<R>);
    t.optimizer.step(numbers, t.phase, t.gradients, t.health.bad(), t.numbers);
    if constexpr (R::parts::grouped)
      t.optimizer.step_groups(
          t.settings, t.step, spe, t.phase, [](double own) { return own; }, t.gradients, t.health.bad(), t.numbers);
    t.statistics.commit(t.health.bad());
    ++t.step;
  }
}

/// The batches of a step are there: it is taken, unless none of them gave gradients or the last one's is held.
template <class R>
void end_batches(TrainerState<R>& t, long long spe) {
  if (!t.learned || std::exchange(t.held, false)) {
    t.statistics.commit(t.health.bad());
    t.forget_batches();
    ++t.step;
    return;
  }
  t.batches = 0;
  t.learned = false;
  optimize(t, spe);
}

/// A batch is through. `learned`: it gave gradients. `held`: somebody said that there is no update now.
template <class R>
void end_batch(TrainerState<R>& t, long long spe, bool learned, [[maybe_unused]] bool held) {
  if constexpr (TrainerState<R>::gathers) {
    ++t.batches;
    t.learned = t.learned || learned;
    t.held = held;
    if (t.batches < batches_per_step<R>(t.settings)) return t.statistics.commit(t.health.bad());
    end_batches(t, spe);
  } else if (!learned) {
    ++t.step;
  } else {
    if constexpr (recipe_effects<R>.skips_steps)
      if (held) return leave_step_out(t, t.health.bad());
    optimize(t, spe);
  }
}

/// What f throws leaves no gradients and no statistics behind. Where nobody acts there is none to see them: the next
/// batch begins with neither.
template <class R, class F>
auto without_leftovers(TrainerState<R>& t, const F& f) {
  if constexpr (!TrainerState<R>::Acting::any) {
    return f();
  } else {
    try {
      return f();
    } catch (...) {
      t.gradients.assign(t.tensors.size(), {});
      t.statistics.drop();
      throw;
    }
  }
}

/// A batch becomes gradients, and these a step where it is the last of one.
template <class R>
StepResult learn(TrainerState<R>& t, StepFlow<R> features, const StepTargets<R>& target, long long spe,
                 const StepFlow<R>& given, bool given_features) {
  if (t.health.looks()) throw_found(t, t.settings.check_every > 0 && t.step % t.settings.check_every == 0);
  return without_leftovers(t, [&] {
    bool held = false;
    [[maybe_unused]] const long long before = t.step;
    const StepResult result = gradients_of(t, std::move(features), target, spe, given, given_features, held);
    if constexpr (over_ranks) t.ranks.end_batch(t);
    end_batch(t, spe, true, held);
    if (t.health.looks() && t.step != before) t.health.end_step(t.step);
    return result;
  });
}

}  // namespace tuneit::detail
