#pragma once
// Weights for a recipe: what it wants from a file, what it starts anew, and which rows of the old classifier go on.
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/recipe/finetune.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/text_names.hpp"

namespace tuneit {

namespace detail {

/// Does the recipe's last linear layer come from the file as it is?
template <class Model>
bool head_goes_on(const weights::Match& match) {
  return match.source[table<Model>.size - tensor_count<last_linear_t<Model>>] != nullptr;
}

/// The tensors of the old classifier (weight, bias) whose rows the recipe's new one starts from; none without
/// ReuseRows. Types and values are checked as those of all other tensors are.
template <class R>
std::vector<const io::NamedTensor*> find_old_head(const Tensors& tensors, const io::TensorFile& file,
                                                  const weights::MatchOptions& options) {
  std::vector<weights::Expected> wanted;
  if constexpr (R::rows::count > 0) {
    using Model = typename R::model;
    using Old = typename R::root;
    constexpr std::size_t old_count = tensor_count<last_linear_t<Old>>, new_count = tensor_count<last_linear_t<Model>>;
    for (std::size_t i = 0; i < std::min(old_count, new_count); ++i) {
      const std::size_t at = table<Old>.size - old_count + i;
      const TensorRow& row = table<Old>.rows[at];
      weights::Expected e;
      e.name = std::string(table<Old>.name(at));
      e.shape.assign(row.dims, row.dims + row.rank);
      e.dtype = weights::dtype_of(tensors[table<Model>.size - new_count + i].scalar_type());
      const io::NamedTensor* source = file.find(options.strip_prefix + e.name);
      if (source == nullptr || source->shape != e.shape)
        throw Error(ErrorKind::Weights,
                    io::quote_path(file.path) + " has no " + io::quote(options.strip_prefix + e.name) +
                        " of the shape " + io::shape_text(e.shape) + ", whose rows the new head starts from",
                    "Start from the weights that the model was published with, or drop ReuseRows.");
      wanted.push_back(std::move(e));
    }
  }
  weights::MatchOptions only_these = options;
  only_these.ignore_unexpected = {"*"};
  only_these.notes = only_these.unused = nullptr;
  return wanted.empty() ? std::vector<const io::NamedTensor*>{} : weights::match(file, wanted, only_these).source;
}

/// Copies the rows. `old_head` is find_old_head's.
template <class R>
void reuse_rows(const Tensors& tensors, const std::vector<const io::NamedTensor*>& old_head) {
  if constexpr (R::rows::count > 0) {
    using Model = typename R::model;
    for (std::size_t i = 0; i < old_head.size(); ++i) {
      at::Tensor to = tensors[table<Model>.size - tensor_count<last_linear_t<Model>> + i];
      const at::Tensor from = weights::to_tensor(*old_head[i]).to(to.device(), to.scalar_type());
      for (std::size_t r = 0; r < R::rows::count; ++r)
        to.select(0, R::rows::to[r]).copy_(from.select(0, R::rows::from[r]));
    }
  }
}

/// What rules have added is all in a file, or nothing of it; not counted where the file is known to have what was there
/// before.
inline void check_added(const std::vector<weights::Expected>& expected, const weights::Match& match,
                        const io::TensorFile& file) {
  io::Complaints missing{"tensor is missing", "tensors are missing"};
  bool some = false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!expected[i].added || (!match.old.empty() && match.old[i])) continue;
    some = some || match.source[i] != nullptr;
    if (match.source[i] == nullptr) missing.add(io::quote(expected[i].name) + " " + io::shape_text(expected[i].shape));
  }
  if (some && missing.count > 0)
    throw Error(ErrorKind::Weights,
                io::quote_path(file.path) + " has only some of what the recipe's rules add to the network: " +
                    missing.title() + "." + missing.text(),
                "Give the recipe the rules of the training that wrote the file, or load a file of the network alone.");
}

/// Is the row that of a new head, which a file need not have?
template <class Model>
bool in_fresh_head([[maybe_unused]] std::size_t i) {
  if constexpr (requires { Model::is_fresh(i); }) return Model::is_fresh(i) && table<Model>.rows[i].base >= 0;
  return false;
}

/// What a file may hold for these tensors, as R says.
template <class R>
std::vector<weights::Expected> expected_by_recipe(const Tensors& tensors) {
  using Model = typename R::model;
  using Old = typename R::root;
  const auto& rows = plan<R>.rows;
  std::vector<weights::Expected> expected = expected_tensors<Model>(tensors, false);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    expected[i].may_differ = in_fresh_head<Model>(i) || (rows[i].starts_from == Origin::Fresh && !expected[i].added);
  if constexpr (!std::is_same_v<Model, Old>)  // the old head under its own names, where the new one has others
    for (std::size_t i = table<Old>.block_begin[Old::block_count - 1]; i < table<Old>.size; ++i) {
      bool there = false;
      for (const weights::Expected& e : expected) there = there || e.name == table<Old>.name(i);
      if (there) continue;
      const TensorRow& row = table<Old>.rows[i];
      weights::Expected e;
      e.name = std::string(table<Old>.name(i));
      e.shape.assign(row.dims, row.dims + row.rank);
      e.optional = e.may_differ = true;
      expected.push_back(std::move(e));
    }
  if constexpr (has_file_names<Old>) weights::may_lack_pooler(Old::file_names, expected);
  return expected;
}

/// Throws Error(Usage) where R takes nothing from a file.
template <class R>
void check_starts_from_file(const Tensors& tensors, const std::string& path) {
  const auto& rows = plan<R>.rows;
  bool something = false;
  for (std::size_t i = 0; i < tensors.size(); ++i) something = something || rows[i].starts_from == Origin::Pretrained;
  if (!something) throw Error(ErrorKind::Usage, "the recipe starts from scratch, and would not use " + path);
}

/// load_recipe of a file whose names are the model's.
template <class R>
std::vector<std::string> load_named(const Tensors& tensors, const io::TensorFile& file,
                                    const weights::MatchOptions& options) {
  using Model = typename R::model;
  const at::NoGradGuard no_grad;
  const auto& rows = plan<R>.rows;
  check_starts_from_file<R>(tensors, file.path);
  const std::vector<weights::Expected> expected = expected_by_recipe<R>(tensors);
  const weights::Match match = weights::match(file, expected, options);
  check_added(expected, match, file);
  std::vector<const io::NamedTensor*> old_head;
  if constexpr (R::rows::count > 0)
    if (!head_goes_on<Model>(match)) old_head = find_old_head<R>(tensors, file, options);
  std::vector<std::string> fresh;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const bool anew = rows[i].starts_from == Origin::Fresh && !in_fresh_head<Model>(i) && !expected[i].added;
    if (match.source[i] != nullptr && !anew) {
      at::Tensor destination = tensors[i];
      weights::copy_into(destination, *match.source[i], options.allow_cast);
    } else if (!expected[i].optional) {
      fresh.push_back(expected[i].name);
    }
  }
  fill_row_norms<Model>(tensors, [&](std::size_t i) { return match.source[i] == nullptr; });
  reuse_rows<R>(tensors, old_head);
  return fresh;
}

}  // namespace detail

/// Loads tensors that were read (weights::read, read_with_deltas) into those of R::model as R says: what Reinitialise
/// names keeps its random start, a new head need not be there, nor what rules have added (Lora: all of it or nothing;
/// what the file has of layers that they replace is passed over), ReuseRows takes rows from the file's classifier where
/// the head starts fresh. A head of the file that has the shape of the new one is loaded, as if it were that of the
/// same classes: where it is another's (io::read_model_card knows their names), option fresh_head leaves the new one as
/// it is. Everything is checked before anything is copied; throws Error(Weights) with all that does not fit,
/// Error(Usage) for a recipe FromScratch. Returns the names of the tensors that start fresh.
template <class R>
std::vector<std::string> load_recipe(const Tensors& tensors, io::TensorFile&& file,
                                     const weights::MatchOptions& options = {}) {
  if constexpr (detail::adapts_file<typename R::root>)
    detail::to_model_names<typename R::root>(file, detail::expected_by_recipe<R>(tensors), options);
  return detail::load_named<R>(tensors, file, options);
}
/// The same of a file that stays as it is; above its names may be others afterwards.
template <class R>
std::vector<std::string> load_recipe(const Tensors& tensors, const io::TensorFile& file,
                                     const weights::MatchOptions& options = {}) {
  if constexpr (detail::adapts_file<typename R::root>)
    return load_recipe<R>(tensors, io::TensorFile(file), options);
  else
    return detail::load_named<R>(tensors, file, options);
}

/// The same of a file (safetensors, .pth, or the index of a model in parts).
template <class R>
std::vector<std::string> load_recipe(const Tensors& tensors, const std::filesystem::path& path,
                                     const weights::MatchOptions& options = {}) {
  detail::check_starts_from_file<R>(tensors, path.string());
  return load_recipe<R>(tensors, weights::read(path, detail::expected_by_recipe<R>(tensors), options), options);
}

}  // namespace tuneit
