#pragma once
// Batch norms of several processes: the statistics of the whole batch, and the sums of the way back. As in
// torch.nn.SyncBatchNorm; in double precision, so that they are those of one process but for the last bit.
#include <cstddef>
#include <vector>

#include "tuneit/ranks/group.hpp"

namespace tuneit::ranks {

/// While the passes of a batch run whose norms are those of all ranks: the group. Else null, and each rank has its own.
inline Group* synced_norms = nullptr;

/// Mean and biased variance per channel over `count` values become those of all ranks, and so does the count. `near`:
/// numbers near the means, the same on all ranks; sums are taken of the distance from them.
void sync_moments(Group& all, std::vector<double>& mean, std::vector<double>& variance, double& count,
                  const std::vector<double>& near);

/// Sums per channel over `count` values become those of all ranks.
void sync_sums(Group& all, std::vector<double>& sum, std::vector<double>& product, double& count);

}  // namespace tuneit::ranks
