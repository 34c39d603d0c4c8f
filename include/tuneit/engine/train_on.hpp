#pragma once
// One batch of a loop: learned from, passed over, or refused by the name of the sample that is to blame.
#include <cmath>
#include <string>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/engine/checks/check_batch.hpp"
#include "tuneit/engine/feature_cache.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit::detail {

template <TrainerLike T>
StepResult learn_from(T& trainer, const Fed& batch, long long steps_per_epoch) {
  if constexpr (takes_several<T>) {
    if (batch.features) return trainer.step_features(batch.x, batch.batch(), steps_per_epoch);
    return trainer.step(batch.batch(), steps_per_epoch);
  } else {
    if (batch.features) return trainer.step_features(batch.x, batch.labels, steps_per_epoch);
    return trainer.step(batch.x, batch.labels, steps_per_epoch);
  }
}

/// Trains on a batch and adds to the epoch's result. A batch of one that no batch norm can use is passed over and
/// counted; a sample that is to blame is named as its source names it.
template <TrainerLike T>
void train_on(T& trainer, const Fed& batch, long long steps_per_epoch, const data::Batches& source,
              EpochResult& result) {
  try {
    result.train.add(learn_from(trainer, batch, steps_per_epoch));
  } catch (const LoneSample&) {
    ++result.left_out;
    trainer.pass_over(steps_per_epoch);
  } catch (const BadSample& bad) {
    if (bad.row() >= batch.index.size()) throw;
    throw bad.named(source.describe(batch.index[bad.row()]));
  }
}

/// Throws Error(Data) where an epoch had no batch, Error(Usage) where all were passed over.
inline void check_epoch(const EpochResult& result, std::size_t samples) {
  if (result.train.count > 0) return;
  if (result.left_out == 0)
    refuse(ErrorKind::Data,
           {"the training data gave no batch in epoch ", result.epoch, ", and says that it has ", samples, " samples"},
           {"They may all have been left out (OnBadSample<Skip<N>>); of a source of one's own: next() gives batches "
            "after start()."});
  refuse(ErrorKind::Usage,
         {"every batch has one picture, and gives a batch norm one value per channel, which has no variance: nothing "
          "can be trained"},
         {"Give larger batches or larger pictures, or freeze the statistics of batch norms (FrozenStats)."});
}

/// Throws Error(Diverged) where a test's loss is no finite number: the training's own losses were, before its last
/// steps.
inline void check_test(const EpochResult& result) {
  if (result.validation.count == 0 || std::isfinite(result.validation.loss())) return;
  refuse(ErrorKind::Diverged, {"the test loss is no longer a finite number after epoch ", result.epoch},
         {"lower the learning rate, or add a warm-up"});
}

}  // namespace tuneit::detail
