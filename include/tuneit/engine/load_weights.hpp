#pragma once
// Weights for a trainer, from a file.
#include "tuneit/engine/trainer.hpp"
#include "tuneit/weights/load_recipe.hpp"

namespace tuneit {

/// Loads a file (safetensors, .pth, or the index of a model in parts) into a trainer as its recipe says: load_recipe
/// (weights/load_recipe.hpp), which says what is checked and thrown. Returns the names of the tensors that start fresh.
template <class R>
std::vector<std::string> load_weights(const Trainer<R>& trainer, const std::filesystem::path& path,
                                      const weights::MatchOptions& options = {}) {
  return load_recipe<R>(trainer.tensors(), path, options);
}

}  // namespace tuneit
