#pragma once
// A network's tensors from a file and to a file, under the names of its state dict.
#include <concepts>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/tensors.hpp"
#include "tuneit/io/weights/format.hpp"
#include "tuneit/io/weights/read_model_card.hpp"
#include "tuneit/io/weights/safetensors.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/weights/match.hpp"
#include "tuneit/weights/position_grid.hpp"
#include "tuneit/weights/read.hpp"
#include "tuneit/weights/replaced.hpp"
#include "tuneit/weights/row_norms.hpp"
#include "tuneit/weights/tensors.hpp"
#include "tuneit/weights/text_names.hpp"

namespace tuneit {

/// The tensors of a model before there are any: what a file of its weights holds, whatever its head is like.
template <class Model>
std::vector<weights::Expected> expected_of_file() {
  std::vector<weights::Expected> expected;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    weights::Expected e;
    e.name = std::string(table<Model>.name(i));
    e.shape.assign(row.dims, row.dims + row.rank);
    e.may_differ = row.owner == Owner::Linear && row.block + 1u == Model::block_count;
    e.added = row.base < 0;
    e.optional = row.kind == Kind::BatchCount || row.is_tied();
    if (row.is_tied()) expected[static_cast<std::size_t>(row.tied)].also.push_back(e.name);
    if (row.kind == Kind::BatchCount) e.dtype = io::DType::I64;
    expected.push_back(std::move(e));
  }
  weights::detail::mark_replaced<Model>(expected);
  return expected;
}

/// What a file of weights must hold for a model with these tensors, in their order; behind them what it may hold of
/// layers that rules have replaced. `fresh_head`: a replaced head may be missing or of another shape.
template <class Model>
std::vector<weights::Expected> expected_tensors(const Tensors& tensors, bool fresh_head) {
  std::vector<weights::Expected> expected;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    weights::Expected e;
    e.name = std::string(table<Model>.name(i));
    e.shape = tensors[i].sizes().vec();
    e.dtype = weights::dtype_of(tensors[i].scalar_type());
    e.may_differ = fresh_head && row.owner == Owner::Linear && row.block + 1u == Model::block_count;
    e.added = row.base < 0;
    e.optional = row.kind == Kind::BatchCount || row.is_tied();
    if (row.is_tied()) expected[static_cast<std::size_t>(row.tied)].also.push_back(e.name);
    expected.push_back(std::move(e));
  }
  weights::detail::mark_replaced<Model>(expected);
  return expected;
}

namespace detail {

template <class Model>
std::vector<std::string> copy_expected(const Tensors& tensors, const io::TensorFile& file,
                                       const std::vector<weights::Expected>& expected,
                                       const weights::MatchOptions& options) {
  const at::NoGradGuard no_grad;
  const weights::Match match = weights::match(file, expected, options);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (match.source[i] != nullptr) {
      at::Tensor destination = tensors[i];
      weights::copy_into(destination, *match.source[i], options.allow_cast);
    }
  fill_row_norms<Model>(tensors, [&](std::size_t i) { return match.source[i] == nullptr; });
  return match.fresh;
}

/// Has a network's file names of its own for the network's modules?
template <class Model>
inline constexpr bool has_file_names = weights::detail::SaysFileNames<origin_t<Model>>;
/// Is a file changed before it is compared with the model?
template <class Model>
inline constexpr bool adapts_file = has_file_names<Model> || weights::detail::SaysPositions<origin_t<Model>>;
/// Names become those of the model, if the file has others, and a grid of positions that of the model.
template <class Model>
void to_model_names([[maybe_unused]] io::TensorFile& file,
                    [[maybe_unused]] const std::vector<weights::Expected>& expected,
                    [[maybe_unused]] const weights::MatchOptions& options) {
  if constexpr (has_file_names<Model>)
    weights::to_names_of(origin_t<Model>::file_names, file, expected, options.strip_prefix, options.notes);
  if constexpr (weights::detail::SaysPositions<origin_t<Model>>)
    weights::resample_positions(origin_t<Model>::positions.tensor, origin_t<Model>::positions.align_corners, file,
                                expected, options);
}

}  // namespace detail

/// Copies tensors that were read into those of a model, whatever a recipe says of them. Everything is checked before
/// anything is copied; throws Error(Weights) with all that does not fit. Returns the names of what was not provided: a
/// replaced head.
template <class Model>
std::vector<std::string> copy_weights(const Tensors& tensors, const io::TensorFile& file, bool fresh_head,
                                      const weights::MatchOptions& options = {}) {
  const std::vector<weights::Expected> expected = expected_tensors<Model>(tensors, fresh_head);
  if constexpr (detail::adapts_file<Model>) {
    io::TensorFile renamed = file;
    detail::to_model_names<Model>(renamed, expected, options);
    return detail::copy_expected<Model>(tensors, renamed, expected, options);
  } else {
    return detail::copy_expected<Model>(tensors, file, expected, options);
  }
}

/// The same of a file (safetensors, .pth, or the index of a model in parts). What a recipe starts anew (Reinitialise)
/// or takes rows of (ReuseRows) is heeded by load_weights(trainer, path) alone (weights/load_recipe.hpp). Of a
/// checkpoint the mapping that fits is taken, or that which options.weights_key names.
template <class Model>
std::vector<std::string> copy_weights(const Tensors& tensors, const std::filesystem::path& path, bool fresh_head,
                                      const weights::MatchOptions& options = {}) {
  const std::vector<weights::Expected> expected = expected_tensors<Model>(tensors, fresh_head);
  io::TensorFile file = weights::read(path, expected, options);
  detail::to_model_names<Model>(file, expected, options);
  return detail::copy_expected<Model>(tensors, file, expected, options);
}

/// The former name of copy_weights, which promised more.
template <class Model>
[[deprecated("it ignores what a recipe says: load_weights(trainer, path) heeds it; this is copy_weights")]] std::vector<
    std::string>
load_weights(const Tensors& tensors, const std::filesystem::path& path, bool fresh_head,
             const weights::MatchOptions& options = {}) {
  return copy_weights<Model>(tensors, path, fresh_head, options);
}

/// Bytes of such a file of a model in numbers of so many bytes, with room for its header and some metadata: an upper
/// bound, which is close.
template <class Model>
constexpr std::int64_t file_bytes(int classes, int bytes_of_a_number = 4) {
  std::int64_t bytes = 65'536;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const TensorRow& row = table<Model>.rows[i];
    bytes += row.numel(classes) * (row.kind == Kind::BatchCount ? 8 : bytes_of_a_number) + row.name_size + 128;
  }
  return bytes;
}

/// Writes the tensors of a model as safetensors, atomically, with the names that its source (torchvision, ...) uses.
template <class Model>
void save_weights(const Tensors& tensors, const std::filesystem::path& path,
                  std::map<std::string, std::string> metadata = {}) {
  std::vector<io::NamedTensor> named;
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (!table<Model>.rows[i].is_tied())
      named.push_back(weights::from_tensor(std::string(table<Model>.name(i)), tensors[i].detach()));
  metadata.emplace(io::weights_format_key, std::to_string(io::weights_format));
  weights::say_replaced<Model>(metadata);
  io::write_safetensors(path, named, std::move(metadata));
}

/// The same, with what there is to know of the model, so that others can match its outputs by name and show it
/// pictures as it was shown them; io::read_model_card reads it. (A template, so that {{"key", "text"}} means metadata.)
template <class Model, std::same_as<io::ModelCard> Card>
void save_weights(const Tensors& tensors, const std::filesystem::path& path, const Card& card,
                  std::map<std::string, std::string> metadata = {}) {
  metadata[io::model_card_key] = io::text_of(card);
  save_weights<Model>(tensors, path, std::move(metadata));
}

}  // namespace tuneit
