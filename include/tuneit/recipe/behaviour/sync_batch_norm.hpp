#pragma once
// Batch norms that use the whole batch where several processes train together.
#include <string>

#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/plan/slot.hpp"

namespace tuneit {

namespace slots {
struct SyncBatchNorm {
  template <class P, class Model>
  static constexpr SlotAsks asks{};
};
}  // namespace slots

/// Statistics of batch norms are those of the batches of all processes together (torch.nn.SyncBatchNorm), also on the
/// way back, so that a training does not depend on their number. Without it each process normalises by its own part.
/// For parts so small that their statistics are poor; it costs two reductions a norm, for which the step waits. Of one
/// process it does nothing.
struct SyncBatchNorm : PolicyTag {
  using slot = slots::SyncBatchNorm;
  static constexpr Topic topic = Topic::Steps;
  static std::string sentence(const double*) {
    return "Batch norms use the whole batch, of all processes (SyncBatchNorm).";
  }
};

}  // namespace tuneit
