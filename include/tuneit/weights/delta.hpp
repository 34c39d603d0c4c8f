#pragma once
// What a training has changed, beside the weights that it started from: written, and put on top of them again.
#include <concepts>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/io/delta/write.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/flat.hpp"
#include "tuneit/weights/load_recipe.hpp"
#include "tuneit/weights/read_deltas.hpp"

namespace tuneit {

/// Deltas in the order in which they were made.
using Deltas = std::vector<std::filesystem::path>;

/// What a delta of a model is made on: a file as load_weights reads it, or that and deltas. A few kilobytes, for any
/// number of save_delta; no tensors are kept.
template <class Model>
io::DeltaBase delta_base(const std::filesystem::path& path, const Deltas& deltas = {},
                         const weights::MatchOptions& options = {}) {
  const std::vector<weights::Expected> expected = expected_of_file<Model>();
  return io::read_delta_base(path, deltas, weights::read_options(expected, options), options.strip_prefix);
}

namespace detail {

/// The metadata of a delta of R, beside those that are given: the recipe, where it has a text.
template <class R>
std::map<std::string, std::string> recipe_metadata(std::map<std::string, std::string> metadata) {
  if constexpr (fingerprint_verdict<R>::accepted) {
    metadata.emplace("tuneit.canonical_recipe", io::utf8_text(canonical_text<R>()));
    metadata.emplace("tuneit.fingerprint", fingerprint<R>.hex());
  }
  return metadata;
}

}  // namespace detail

/// Writes a delta, as safetensors: of R::model's tensors those that differ from the base in any bit, whole (the values
/// themselves, so that what is applied is equal to the bit), and those that the base lacks: a new head, what rules have
/// added (Lora), statistics of batch norms where they moved. In its metadata are hashes of the base and of the result,
/// and the recipe. Returns the names of what was written. Needs no copy of the tensors. Throws Error(Weights or Io).
template <class R>
std::vector<std::string> save_delta(const Tensors& tensors, const io::DeltaBase& base,
                                    const std::filesystem::path& path,
                                    std::map<std::string, std::string> metadata = {}) {
  using Model = typename R::model;
  const std::vector<std::size_t> rows = each_once(tensors);
  weights::say_replaced<Model>(metadata);
  return io::write_delta(
      path, base, rows.size(),
      [&](std::size_t i) {
        return weights::from_tensor(std::string(table<Model>.name(rows[i])), tensors[rows[i]].detach());
      },
      type_name<typename R::root>(), detail::recipe_metadata<R>(std::move(metadata)));
}
/// The same with what there is to know of the model, as save_weights.
template <class R, std::same_as<io::ModelCard> Card>
std::vector<std::string> save_delta(const Tensors& tensors, const io::DeltaBase& base,
                                    const std::filesystem::path& path, const Card& card,
                                    std::map<std::string, std::string> metadata = {}) {
  metadata[io::model_card_key] = io::text_of(card);
  return save_delta<R>(tensors, base, path, std::move(metadata));
}

/// Makes a model's tensors those of a base with deltas on top, all of them, whatever a recipe says. Everything is
/// checked before anything is copied: throws Error(Weights) for a base that is not what the first delta was made on,
/// deltas in another order, of another network, damaged, or of a newer format.
template <class Model>
void apply_delta(const Tensors& tensors, const std::filesystem::path& base, const Deltas& deltas,
                 const weights::MatchOptions& options = {}) {
  std::vector<weights::Expected> expected = expected_tensors<Model>(tensors, false);
  expected.resize(tensors.size());  // all is here, and of this model
  for (weights::Expected& e : expected) e.added = false, e.before = weights::Expected::Before::None;
  detail::copy_expected<Model>(tensors, weights::read_with_deltas(base, deltas, expected, options), expected, options);
}

/// Writes a model's weights with deltas on top into one file (io::merge_deltas), from what load_weights reads: of a
/// checkpoint the mapping that fits, a tied tensor under any of its names.
template <class Model>
void merge_deltas(const std::filesystem::path& path, const Deltas& deltas, const std::filesystem::path& to,
                  const weights::MatchOptions& options = {}) {
  const std::vector<weights::Expected> expected = expected_of_file<Model>();
  io::merge_deltas(path, deltas, to, weights::read_options(expected, options), options.strip_prefix);
}

/// load_recipe (weights/load_recipe.hpp) of weights with deltas on top: for a training that goes on from there.
template <class R>
std::vector<std::string> load_with_deltas(const Tensors& tensors, const std::filesystem::path& path,
                                          const Deltas& deltas, const weights::MatchOptions& options = {}) {
  detail::check_starts_from_file<R>(tensors, path.string());
  const std::vector<weights::Expected> expected = detail::expected_by_recipe<R>(tensors);
  return load_recipe<R>(tensors, weights::read_with_deltas(path, deltas, expected, options), options);
}

}  // namespace tuneit
