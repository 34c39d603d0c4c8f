#pragma once
// Does a training have this step? It has as many as its epochs have; behind them schedules have nothing to say, and a
// rate that fell to 0 would train nothing without a word.
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit::detail {

[[noreturn]] inline void refuse_epoch_without_steps(long long steps_per_epoch) {
  refuse(ErrorKind::Usage, {"steps_per_epoch is ", steps_per_epoch, ", and an epoch has at least one step"},
         {"Give the optimizer steps of an epoch: Trainer::steps_in(batches), with batches the number of batches of "
          "the training part."});
}

[[noreturn]] inline void refuse_ended(long long done, int epochs, long long steps_per_epoch) {
  refuse(ErrorKind::Usage,
         {"the training has ended: of its ", epochs * steps_per_epoch, " steps (epochs: ", epochs, ", steps in each: ",
          steps_per_epoch, ") ", done, " are done, and behind the last one its schedule has no rate"},
         {"Make a new Trainer and copy_ the tensors of this one into its tensors(), or give this one more epochs "
          "from the beginning (Epochs, Settings::epochs)."});
}

[[noreturn]] inline void refuse_stopped() {
  refuse(ErrorKind::Usage, {"the training has ended: EarlyStop, or another policy that acts after epochs, stopped it"},
         {"Make a new Trainer and copy_ the tensors of this one into its tensors(), or give it more "
          "patience."});
}

/// Throws Error(Usage) unless a step that comes after `done` others belongs to a training of so many epochs.
inline void check_step(long long done, int epochs, long long steps_per_epoch) {
  if (steps_per_epoch < 1) [[unlikely]]
    refuse_epoch_without_steps(steps_per_epoch);
  if (done >= epochs * steps_per_epoch) [[unlikely]]
    refuse_ended(done, epochs, steps_per_epoch);
}

}  // namespace tuneit::detail
