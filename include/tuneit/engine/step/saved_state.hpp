#pragma once
// What of a training is saved, so that it goes on from there to the same bits?
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>

#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/behaviour/behaviours.hpp"
#include "tuneit/engine/step/low_weights.hpp"
#include "tuneit/engine/step/trainer_state.hpp"
#include "tuneit/engine/update/states_text.hpp"
#include "tuneit/recipe/algebra/canonical.hpp"

namespace tuneit::detail {

/// All that a training remembers, written or read.
template <class R>
void training_state(TrainerState<R>& t, Archive& a) {
  using Model = typename R::model;
  using All = Behaviours<R>;
  const std::string own = states_text<R>(t.settings);
  std::string kept = own;
  a("optimizer states", kept);
  if (kept != own)
    throw Error(ErrorKind::Usage, "the state was saved of another optimizer, or of one that keeps other things",
                "It was saved by another recipe, or under other settings (optimizer, momentum): of " + kept +
                    ", and here it is " + own);
  if constexpr (fingerprint_verdict<R>::accepted)
    a.of_recipe(canonical_text<R>());
  else
    a.of_recipe("");
  if (a.reads()) t.metrics.reset();  // they count from here
  a("step", t.step);
  a("phase", t.phase);
  a("steps_per_epoch", t.steps_per_epoch);
  if constexpr (has_ties<Model>) {
    Tensors once = t.tensors;  // under its first name
    for (std::size_t i = 0; i < once.size(); ++i)
      if (table<Model>.rows[i].is_tied()) once[i].reset();
    a.in_place("tensors", once);
  } else {
    a.in_place("tensors", t.tensors);
  }
  bool was_started = t.started;
  a("started", was_started);
  if (a.reads() && was_started) t.start(t.steps_per_epoch);  // makes what is read into
  t.started = was_started;
  a("optimizer", t.optimizer);
  if constexpr (All::changes) {
    const auto again = [&](const auto& begun) {
      auto c = t.context(t.steps_per_epoch);
      t.behaviours.begin_again(c, begun);
    };
    struct {
      All& of;
      const decltype(again)& make;
      void state(Archive& in) { of.state(in, make); }
    } all{t.behaviours, again};
    a("behaviours", all);
  } else {
    a("behaviours", t.behaviours);
  }
  a("batches", t.batches);
  a("learned", t.learned);
  a("held", t.held);
  at::Tensor draws = t.generator.get_state(), host_draws = t.host_generator.get_state();
  a("generator", draws);
  if (!t.device.is_cpu()) a("host generator", host_draws);
  a("ended_at", t.ended_at);
  a("stopped_early", t.stopped_early);
  if (!a.reads()) return;
  t.generator.set_state(draws);
  if (!t.device.is_cpu()) t.host_generator.set_state(host_draws);
  t.health.forget();
  if (t.graphs) t.graphs->forget();
  if constexpr (computes_low<R>) t.low.forget();
  t.programs = {};  // they hold what was made of the weights
}

}  // namespace tuneit::detail
