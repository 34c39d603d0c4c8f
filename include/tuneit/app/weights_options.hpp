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

inline Deltas deltas_of(const Options& o) { return {o.deltas.begin(), o.deltas.end()}; }

/// "a.safetensors with b.safetensors on top", for people.
inline std::string weights_text(const Options& o) {
  std::string text = o.weights;
  for (const std::string& delta : o.deltas) text += (&delta == &o.deltas.front() ? " with " : ", ") + delta;
  return text + (o.deltas.empty() ? "" : " on top");
}

/// What differs from the tensors of --weights and --delta is asked of this.
inline io::DeltaBase base_of(const Options& o, const RecipeInfo& kind) {
  const std::vector<weights::Expected> expected = kind.file();
  return io::read_delta_base(o.weights, deltas_of(o), weights::read_options(expected, match_options(o)),
                             o.strip_prefix);
}

/// The file --weights with --delta on top, of a checkpoint those tensors that are the model's.
inline io::TensorFile read_weights(const Options& o, const RecipeInfo& kind) {
  if (!o.deltas.empty()) return weights::read_with_deltas(o.weights, deltas_of(o), kind.file(), match_options(o));
  return weights::read(o.weights, kind.file(), match_options(o));
}

/// Loads --weights, and prints what a person should know of the file. Returns the names of what starts fresh;
/// `unused` gets those that would have fitted all the same.
inline std::vector<std::string> load_weights(AnyTrainer& trainer, const Options& o, bool fresh_head = false,
                                             std::vector<std::string>* unused = nullptr) {
  std::vector<std::string> notes;
  const weights::MatchOptions options = match_options(o, &notes, fresh_head, unused);
  std::vector<std::string> fresh =
      o.deltas.empty() ? trainer.load(o.weights, options) : trainer.load_with_deltas(o.weights, deltas_of(o), options);
  for (const std::string& note : notes) std::cout << "  note: " << note << "\n";
  return fresh;
}

}  // namespace tuneit::app
