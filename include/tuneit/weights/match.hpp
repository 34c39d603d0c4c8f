#pragma once
// Which tensor of a file belongs to which parameter of the model, and if they do not fit: everything that is wrong at
// once, each with the nearest name. No LibTorch: names, shapes and element types are all that is compared.
#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/io/complaints.hpp"
#include "tuneit/io/tensor_file.hpp"
#include "tuneit/weights/finite.hpp"
#include "tuneit/weights/nearest.hpp"

namespace tuneit::weights {

/// One parameter or buffer of the model, under the name that the file should use.
struct Expected {
  std::string name;
  std::vector<std::int64_t> shape;
  io::DType dtype = io::DType::F32;
  bool may_differ =
      false;  ///< the replaced head: may be missing or of another shape, then it is left freshly initialised
  bool optional = false;  ///< may be missing (num_batches_tracked, which old files lack)
};

struct MatchOptions {
  std::string strip_prefix;        ///< every name of the file begins with it, the model's do not; never guessed
  bool allow_cast = false;         ///< floating-point types may differ (half files for a float model); from single to
                                   ///< double precision they always may
  bool allow_non_finite = false;   ///< NaN and infinity may be loaded, also what becomes infinite in the model's type
  bool ignore_unexpected = false;  ///< tensors that the model lacks are passed over
  bool fresh_head = false;         ///< what may_differ starts fresh, whatever the file holds: a head of other classes
                                   ///< has the right shape where there are as many of them
};

/// source[i] belongs to expected[i]; nullptr is left as it is. `fresh` names those of them that may_differ (not the
/// optional ones): they keep their fresh initialisation. The pointers are into the TensorFile.
struct Match {
  std::vector<const io::NamedTensor*> source;
  std::vector<std::string> fresh;
};

namespace detail {

inline bool is_floating(io::DType d) {
  return d == io::DType::F16 || d == io::DType::BF16 || d == io::DType::F32 || d == io::DType::F64;
}

/// May a tensor of the file's type fill one of the model's?
inline bool may_fill(io::DType file, io::DType model, bool allow_cast) {
  if (file == model || (file == io::DType::F32 && model == io::DType::F64)) return true;  // nothing is lost
  return allow_cast && is_floating(file) && is_floating(model);
}

// "head.fc" of "head.fc.weight": the weight and the bias of a layer are loaded together or not at all.
inline std::string_view module_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

// "model-00001-of-00003.safetensors": one part of several, as Hugging Face's libraries call them.
inline bool looks_like_part(std::string_view path) {
  const auto digits = [&](std::size_t at) {
    return path.substr(std::min(at, path.size()), 5).find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t of = path.rfind("-of-");
  return of != std::string_view::npos && of >= 6 && path[of - 6] == '-' && digits(of - 5) && path.size() >= of + 9 &&
         digits(of + 4);
}

struct PrefixGuess {
  std::string prefix;  ///< empty: none would help
  std::size_t fits = 0, carriers = 0;
};

/// The prefix of the file's names without which most of them would fit, if it makes more of them fit than do now.
[[nodiscard]] inline PrefixGuess guess_prefix(
    const std::unordered_map<std::string_view, const io::NamedTensor*>& in_file, std::span<const Expected> expected) {
  std::unordered_set<std::string_view> wanted;
  std::size_t fit_now = 0;
  for (const Expected& e : expected) wanted.insert(e.name), fit_now += in_file.contains(e.name) ? 1U : 0U;
  std::map<std::string_view, std::size_t> fits;
  for (const auto& [name, tensor] : in_file)
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
      if (wanted.contains(name.substr(dot + 1))) ++fits[name.substr(0, dot + 1)];
  PrefixGuess best;
  for (const auto& [prefix, n] : fits)
    if (n > best.fits) best = {std::string(prefix), n, 0};
  if (best.fits <= fit_now) return {};
  for (const auto& [name, tensor] : in_file) best.carriers += name.starts_with(best.prefix) ? 1U : 0U;
  return best;
}

}  // namespace detail

/// Finds for every expected tensor the one of the file with its name and shape. Missing, unexpected and misshapen
/// tensors, other element types, NaN and what the model's type cannot hold are all reported in one
/// Error(Fault::Weights), each list cut at 12; so a model is never loaded in part. A head (may_differ) is loaded only
/// if all tensors of its layer fit. Names outside of strip_prefix are unexpected. The TensorFile must outlive the
/// result.
[[nodiscard]] inline Match match(const io::TensorFile& file, std::span<const Expected> expected,
                                 const MatchOptions& options) {
  using io::quote;
  const std::string& prefix = options.strip_prefix;
  const std::string path = io::quote_path(file.path);
  std::unordered_map<std::string_view, const io::NamedTensor*> in_file;
  std::vector<std::string_view> unexpected;
  for (const io::NamedTensor& tensor : file.tensors) {
    std::string_view name = tensor.name;
    if (!name.starts_with(prefix)) {
      unexpected.push_back(name);
      continue;
    }
    in_file.emplace(name.substr(prefix.size()), &tensor);
  }
  if (!prefix.empty() && in_file.empty())
    throw Error(Fault::Weights,
                path + ": no tensor's name begins with " + quote(prefix) +
                    (file.tensors.empty() ? "; the file has no tensors"
                                          : "; the first is called " + quote(file.tensors.front().name)),
                "Leave out --strip-prefix (weights option strip_prefix), or correct it.");

  // A layer of the head with one tensor that does not fit is left fresh as a whole.
  std::unordered_set<std::string_view> fresh_layers;
  for (const Expected& e : expected) {
    const auto it = in_file.find(e.name);
    if (e.may_differ && !e.optional && (options.fresh_head || it == in_file.end() || it->second->shape != e.shape))
      fresh_layers.insert(detail::module_of(e.name));
  }

  Match result;
  io::Complaints missing{"tensor is missing", "tensors are missing"};
  io::Complaints extra{"tensor is unexpected", "tensors are unexpected"};
  io::Complaints shapes{"tensor has another shape", "tensors have another shape"};
  io::Complaints types{"tensor has another element type", "tensors have another element type"};
  io::Complaints values{"tensor holds NaN or infinity", "tensors hold NaN or infinity"};
  io::Complaints large{"tensor is too large for the model's type", "tensors are too large for the model's type"};
  std::unordered_set<std::string_view> used;
  std::vector<const Expected*> absent;
  for (const Expected& e : expected) {
    const auto it = in_file.find(e.name);
    result.source.push_back(nullptr);
    if (it != in_file.end()) used.insert(it->first);
    if (e.may_differ && fresh_layers.contains(detail::module_of(e.name))) {
      result.fresh.push_back(e.name);
    } else if (it == in_file.end()) {
      if (!e.optional) absent.push_back(&e);
    } else if (const io::NamedTensor& t = *it->second; t.shape != e.shape) {
      shapes.add(quote(e.name) + ": " + io::shape_text(t.shape) + " in the file, " + io::shape_text(e.shape) +
                 " in the model");
    } else if (!detail::may_fill(t.dtype, e.dtype, options.allow_cast)) {
      types.add(quote(e.name) + ": " + std::string(io::name_of(t.dtype)) + " in the file, " +
                std::string(io::name_of(e.dtype)) + " in the model");
    } else if (const std::size_t bad = options.allow_non_finite ? 0 : count_non_finite(t); bad > 0) {
      values.add(quote(e.name) + ": " + std::to_string(bad) + " of " +
                 std::to_string(t.bytes.size() / io::size_of(t.dtype)) + " values");
    } else if (const std::size_t most = options.allow_non_finite ? 0 : count_too_large(t, e.dtype); most > 0) {
      large.add(quote(e.name) + ": " + std::to_string(most) + " of " +
                std::to_string(t.bytes.size() / io::size_of(t.dtype)) + " values of " +
                std::string(io::name_of(t.dtype)) + " would be infinite in " + std::string(io::name_of(e.dtype)));
    } else {
      result.source.back() = &t;
    }
  }
  for (const io::NamedTensor& tensor : file.tensors) {
    const std::string_view name = tensor.name;
    if (name.starts_with(prefix) && !used.contains(name.substr(prefix.size())))
      unexpected.push_back(name.substr(prefix.size()));
  }
  std::vector<std::string_view> absent_names;
  for (const Expected* e : absent) absent_names.emplace_back(e->name);
  for (const Expected* e : absent) {
    const std::string_view near = missing.count < 12 ? nearest_name(e->name, unexpected) : std::string_view{};
    missing.add(quote(e->name) + " " + io::shape_text(e->shape) +
                (near.empty() ? "" : " (did you mean " + quote(near) + ", which the file has?)"));
  }
  if (!options.ignore_unexpected)
    for (const std::string_view name : unexpected) {
      const std::string_view near = extra.count < 12 ? nearest_name(name, absent_names) : std::string_view{};
      extra.add(quote(name) + (near.empty() ? "" : " (the model has " + quote(near) + ")"));
    }

  std::string titles, lists;
  for (const io::Complaints* c : {&missing, &extra, &shapes, &types, &values, &large})
    if (c->count > 0) titles += (titles.empty() ? "" : ", ") + c->title(), lists += c->text();
  if (titles.empty()) return result;

  std::string mend;
  const auto advise = [&](const std::string& advice) { mend += (mend.empty() ? "" : "\n  ") + advice; };
  const detail::PrefixGuess guess = prefix.empty() ? detail::guess_prefix(in_file, expected) : detail::PrefixGuess{};
  if (!guess.prefix.empty()) {
    const bool all = guess.carriers == file.tensors.size();
    advise(
        (all ? "Every name in the file"
             : std::to_string(guess.carriers) + " of " + std::to_string(file.tensors.size()) + " names in the file") +
        (all || guess.carriers == 1 ? " begins with " : " begin with ") + quote(guess.prefix) + ", and without it " +
        std::to_string(guess.fits) + " of the model's " + std::to_string(expected.size()) +
        " tensors are there: pass --strip-prefix " + guess.prefix + " (weights option strip_prefix).");
  } else if (missing.count > 0 && detail::looks_like_part(file.path)) {
    advise("By its name this file is one part of several: give the index that lies beside it (....index.json).");
  } else if (missing.count > 0 || extra.count > 0) {
    advise(missing.count == 0 ? "If these tensors are not needed, say so (weights option ignore_unexpected)."
                              : "Check that the file was saved from this model.");
  }
  if (shapes.count > 0)
    advise("Only the tensors of a replaced head may have another shape: check the model's variant and ReplaceHead.");
  if (types.count > 0 && !options.allow_cast)
    advise("Floating-point types are converted if you allow it (weights option allow_cast).");
  if (values.count + large.count > 0)
    advise("Such weights train to nothing; if they are meant, say so (weights option allow_non_finite).");
  throw Error(Fault::Weights, path + " does not fit the model: " + titles + "." + lists, mend);
}

}  // namespace tuneit::weights
