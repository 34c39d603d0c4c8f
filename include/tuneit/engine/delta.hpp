#pragma once
// Deltas of a trainer's weights.
#include "tuneit/engine/trainer.hpp"
#include "tuneit/weights/delta.hpp"

namespace tuneit {

/// Loads weights with deltas on top into a trainer as its recipe says (load_recipe). To test what was trained,
/// apply_delta<R::model>(trainer.tensors(), base, deltas) is stricter.
template <class R>
std::vector<std::string> load_with_deltas(const Trainer<R>& trainer, const std::filesystem::path& path,
                                          const Deltas& deltas, const weights::MatchOptions& options = {}) {
  return load_with_deltas<R>(trainer.tensors(), path, deltas, options);
}

/// save_delta<R> of the weights that count (the averages, where there are any), with the numbers of this run in the
/// fingerprint.
template <class R>
std::vector<std::string> save_delta(const Trainer<R>& trainer, const io::DeltaBase& base,
                                    const std::filesystem::path& path,
                                    std::map<std::string, std::string> metadata = {}) {
  if constexpr (fingerprint_verdict<R>::accepted)
    metadata.emplace("tuneit.fingerprint", fingerprint<R>(trainer.settings()).hex());
  return save_delta<R>(trainer.best_tensors(), base, path, std::move(metadata));
}

}  // namespace tuneit
