#pragma once
// How does a program read a file of weights? As its options say, for training and for tests alike.
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/weights/read.hpp"

namespace tuneit::app {

/// `notes` gets what a person should know of the file; `fresh_head`: its head is another model's, and `unused` gets the
/// names of what would fit of it.
inline weights::MatchOptions match_options(const Options& o, std::vector<std::string>* notes = nullptr,
                                           bool fresh_head = false, std::vector<std::string>* unused = nullptr) {
  return {.strip_prefix = o.strip_prefix,
          .allow_cast = o.allow_cast,
          .allow_non_finite = o.allow_non_finite,
          .ignore_unexpected = o.ignore_unexpected,
          .weights_key = o.weights_key,
          .fresh_head = fresh_head,
          .notes = notes,
          .unused = unused};
}

/// The file --weights, of a checkpoint those tensors that are the model's.
inline io::TensorFile read_weights(const Options& o, const RecipeInfo& kind) {
  return weights::read(o.weights, kind.file(), match_options(o));
}

/// Loads --weights, and prints what a person should know of the file. Returns the names of what starts fresh;
/// `unused` gets those that would have fitted all the same.
inline std::vector<std::string> load_weights(AnyTrainer& trainer, const Options& o, bool fresh_head = false,
                                             std::vector<std::string>* unused = nullptr) {
  std::vector<std::string> notes;
  std::vector<std::string> fresh = trainer.load(o.weights, match_options(o, &notes, fresh_head, unused));
  for (const std::string& note : notes) std::cout << "  note: " << note << "\n";
  return fresh;
}

}  // namespace tuneit::app
