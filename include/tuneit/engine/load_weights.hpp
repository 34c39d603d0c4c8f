#pragma once
// Weights for a trainer, from a file.
#include "tuneit/engine/behaviour/teacher.hpp"
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

/// The weights of a teacher (Distill), all of them: `load_weights(trainer.teacher(), path)`. Throws Error(Weights) with
/// all that does not fit; nothing is copied then.
template <class Model, detail::DTypeSet N>
void load_weights(TeacherNetwork<Model, N>& teacher, const std::filesystem::path& path,
                  const weights::MatchOptions& options = {}) {
  copy_weights<Model>(teacher.tensors(), path, false, options);
  teacher.ready();
}

}  // namespace tuneit
