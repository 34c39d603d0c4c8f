#pragma once
// Which tensor of a file belongs to which parameter of the model, and if they do not fit: everything that is wrong at
// once, each with the nearest name. No LibTorch: names, shapes and element types are all that is compared.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/complaints.hpp"
#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/weights/before_rules.hpp"
#include "tuneit/weights/expected.hpp"
#include "tuneit/weights/finite.hpp"
#include "tuneit/weights/nearest.hpp"
#include "tuneit/weights/propose.hpp"

namespace tuneit::weights {

/// source[i] belongs to expected[i]; nullptr is left as it is. `fresh` names those of them that may_differ (not the
/// optional ones): they keep their fresh initialisation. The pointers are into the TensorFile.
struct Match {
  std::vector<const io::NamedTensor*> source;
  std::vector<std::string> fresh;
  std::vector<bool> old = {};  ///< expected[i]: the file has under this name the tensor of a layer that a rule has
                               ///< replaced; empty where there is none
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

// "model-00001-of-00003.safetensors": one part of several, as Hugging Face's libraries call them.
inline bool looks_like_part(std::string_view path) {
  const auto digits = [&](std::size_t at) {
    return path.substr(std::min(at, path.size()), 5).find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t of = path.rfind("-of-");
  return of != std::string_view::npos && of >= 6 && path[of - 6] == '-' && digits(of - 5) && path.size() >= of + 9 &&
         digits(of + 4);
}

/// What to do where names do not fit: the prefix, or which of several, with all options that are needed.
[[nodiscard]] inline std::string advice_on_names(const io::TensorFile& file, Heads tensors,
                                                 std::span<const Expected> expected, const MatchOptions& options,
                                                 std::size_t missing, const Sorted& sorted) {
  std::size_t now = 0;
  for (const Expected& e : expected) now += counts(e) && sorted.used.contains(e.name) ? 1U : 0U;
  std::vector<Fit> fits = options.strip_prefix.empty() ? fits_of(tensors, expected) : std::vector<Fit>{};
  std::erase_if(fits, [&](const Fit& f) { return f.named <= now; });
  const std::string model = " of the model's " + std::to_string(count_of_model(expected)) + " tensors";
  if (fits.size() == 1) {
    const Fit& fit = fits.front();
    const bool all = fit.carriers == tensors.size();
    const std::string others = options_for(tensors, expected, "", fit.prefix, options);
    return (all ? "Every name in the file"
                : std::to_string(fit.carriers) + " of " + std::to_string(tensors.size()) + " names in the file") +
           (all || fit.carriers == 1 ? " begins with " : " begin with ") + io::quote(fit.prefix) + ", and without it " +
           std::to_string(fit.named) + model + " are there: pass " + others + " (weights option strip_prefix" +
           (all ? ")." : ", and ignore_unexpected for the rest).");
  }
  if (fits.size() > 1) {
    std::string list =
        "Several networks in the file could be meant; give the options of the one that you mean (weights "
        "option strip_prefix, with ignore_unexpected):";
    for (const Fit& fit : fits)
      list +=
          "\n    " + options_for(tensors, expected, "", fit.prefix, options) + ": " + std::to_string(fit.fits) + model;
    return list;
  }
  if (missing > 0 && looks_like_part(file.path))
    return "By its name this file is one part of several: give the index that lies beside it (....index.json).";
  if (missing > 0) return "Check that the file was saved from this model.";
  return "If these tensors are not needed, pass over them: " + ignore_option(globs_for(sorted, tensors)) +
         " (weights option ignore_unexpected).";
}

/// A glob of ignore_unexpected by which nothing was passed over, perhaps a misspelt one: said, not refused, because
/// one list may serve several files. `ignored`: what was passed over.
[[nodiscard]] inline std::vector<std::string> idle_globs(const MatchOptions& options, Heads tensors,
                                                         const std::vector<std::string_view>& ignored) {
  std::vector<std::string> notes;
  for (const std::string& glob : options.ignore_unexpected) {
    const auto matches = [&](std::string_view name) { return is_ignored(name, {glob}); };
    if (std::any_of(ignored.begin(), ignored.end(), matches)) continue;
    const bool there = std::any_of(tensors.begin(), tensors.end(), [&](const auto& t) { return matches(t.name); });
    notes.push_back(io::quote(glob) + " of --ignore-unexpected matches " +
                    (there ? "only tensors that the model has or passes over anyway" : "no tensor of the file") +
                    ": it has no use here");
  }
  return notes;
}

/// What was passed over.
inline void note(const MatchOptions& options, Heads tensors, const Sorted& sorted,
                 const std::vector<std::string_view>& ignored, const std::vector<std::string_view>& replaced,
                 std::size_t counters) {
  if (options.notes == nullptr) return;
  const auto say = [&](const std::vector<std::string_view>& names, const char* what) {
    if (names.empty()) return;
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i)
      list += (i == 0 ? "" : ", ") + io::quote(names[i]);
    options.notes->push_back(std::to_string(names.size()) + what + list + (names.size() > 3 ? ", ..." : ""));
  };
  say(sorted.old_head, " tensors of the file's head are not used: ");
  say(replaced, " tensors of layers that the recipe's rules have replaced are not used: ");
  say(ignored, " tensors that the model lacks are passed over: ");
  for (std::string& idle : idle_globs(options, tensors, ignored)) options.notes->push_back(std::move(idle));
  if (counters > 0)
    options.notes->push_back(std::to_string(counters) + " counters of batches do not fit and start at 0");
}

}  // namespace detail

/// Finds for every expected tensor the one of the file with its name and shape. Missing, unexpected and misshapen
/// tensors, other element types, NaN and what the model's type cannot hold are all reported in one
/// Error(ErrorKind::Weights), each list cut at 12; so a model is never loaded in part. A head (may_differ) is loaded
/// only if all tensors of its layer fit, and where it is not, nothing that the file has in its place is in the way; nor
/// are counters of batches, which start at 0 where they do not fit. Tensors of layers that rules have replaced are
/// passed over, whatever their shapes, and what stands in their place under the same names starts fresh. Names outside
/// of strip_prefix are unexpected. The TensorFile must outlive the result.
[[nodiscard]] inline Match match(const io::TensorFile& file, std::span<const Expected> expected,
                                 const MatchOptions& options) {
  using io::quote;
  const std::string& prefix = options.strip_prefix;
  const std::string path = io::quote_path(file.path);
  std::vector<io::TensorHead> heads;
  heads.reserve(file.tensors.size());
  for (const io::NamedTensor& tensor : file.tensors) heads.push_back({tensor.name, tensor.dtype, tensor.shape});
  if (!prefix.empty() &&
      std::none_of(heads.begin(), heads.end(), [&](const io::TensorHead& h) { return h.name.starts_with(prefix); }))
    throw Error(ErrorKind::Weights,
                path + ": no tensor's name begins with " + quote(prefix) +
                    (file.tensors.empty() ? "; the file has no tensors"
                                          : "; the first is called " + quote(file.tensors.front().name)),
                "Leave out --strip-prefix (weights option strip_prefix), or correct it.");
  // A layer of the head with one tensor that does not fit is left fresh as a whole.
  detail::Sorted sorted = detail::sort_names(heads, expected, prefix, options.fresh_head);

  Match result;
  io::Complaints missing{"tensor is missing", "tensors are missing"};
  io::Complaints extra{"tensor is unexpected", "tensors are unexpected"};
  io::Complaints shapes{"tensor has another shape", "tensors have another shape"};
  io::Complaints types{"tensor has another element type", "tensors have another element type"};
  io::Complaints values{"tensor holds NaN or infinity", "tensors hold NaN or infinity"};
  io::Complaints large{"tensor is too large for the model's type", "tensors are too large for the model's type"};
  io::Complaints ties{"tied tensor has two values", "tied tensors have two values"};
  std::size_t counters = 0;
  std::vector<const Expected*> absent;
  std::vector<std::string_view> replaced;
  const detail::BeforeRules rules(file, expected, sorted);
  for (const Expected& e : expected) {
    auto it = sorted.used.find(e.name);
    if (e.before != Expected::Before::None && it != sorted.used.end()) {
      const bool gone = e.before == Expected::Before::Gone;
      const bool old = gone || rules.is_old(e);
      result.old.resize(expected.size());
      result.old[static_cast<std::size_t>(&e - expected.data())] = old;
      if (old && e.before != Expected::Before::Taken) {
        if (!detail::is_counter(e.name)) replaced.push_back(file.tensors[it->second].name);
        result.source.push_back(nullptr);
        if (!gone) result.fresh.push_back(e.name);
        continue;
      }
    }
    for (std::size_t i = 0; it == sorted.used.end() && i < e.also.size(); ++i) it = sorted.used.find(e.also[i]);
    for (const std::string& other : e.also)
      if (const auto also = sorted.used.find(other);
          also != sorted.used.end() && file.tensors[also->second].bytes != file.tensors[it->second].bytes)
        ties.add(quote(e.name) + " and " + quote(other) + ", which are one in the model, differ");
    result.source.push_back(nullptr);
    if (e.may_differ && sorted.fresh_layers.contains(detail::module_of(e.name))) {
      result.fresh.push_back(e.name);
      if (options.unused != nullptr && options.fresh_head && it != sorted.used.end() &&
          file.tensors[it->second].shape == e.shape)
        options.unused->push_back(e.name);
    } else if (it == sorted.used.end()) {
      if (e.added)
        result.fresh.push_back(e.name);
      else if (!e.optional)
        absent.push_back(&e);
    } else if (const io::NamedTensor& t = file.tensors[it->second]; detail::is_counter(e.name)) {
      const bool same = t.shape == e.shape && t.dtype == e.dtype;
      if (same) result.source.back() = &t;
      counters += same ? 0U : 1U;
    } else if (t.shape != e.shape) {
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
  std::vector<std::string_view> ignored, absent_names, without_prefix;
  std::erase_if(sorted.unexpected, [&](std::string_view name) {
    const bool may = is_ignored(name, options.ignore_unexpected);
    if (may) ignored.push_back(name);
    return may;
  });
  const auto strip = [&](std::string_view name) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  };
  for (const std::string_view name : sorted.unexpected) without_prefix.push_back(strip(name));
  for (const Expected* e : absent) absent_names.emplace_back(e->name);
  for (const Expected* e : absent) {
    const auto object = file.objects.find(prefix + e->name);
    const std::string_view near = missing.count < 12 ? nearest_name(e->name, without_prefix) : std::string_view{};
    missing.add(quote(e->name) + " " + io::shape_text(e->shape) +
                (object != file.objects.end() ? " (in the file it is an object of the class " + quote(object->second) +
                                                    ", which tuneit does not make)"
                 : near.empty() ? ""
                                : " (did you mean " + quote(near) + ", which the file has?)"));
  }
  for (const std::string_view name : sorted.unexpected) {
    const std::string_view near = extra.count < 12 ? nearest_name(strip(name), absent_names) : std::string_view{};
    extra.add(quote(name) + (near.empty() ? "" : " (the model has " + quote(near) + ")"));
  }

  std::string titles, lists;
  for (const io::Complaints* c : {&missing, &extra, &shapes, &types, &values, &large, &ties})
    if (c->count > 0) titles += (titles.empty() ? "" : ", ") + c->title(), lists += c->text();
  if (titles.empty()) {
    detail::note(options, heads, sorted, ignored, replaced, counters);
    return result;
  }

  std::string mend;
  const auto advise = [&](const std::string& advice) { mend += (mend.empty() ? "" : "\n  ") + advice; };
  if (missing.count > 0 || extra.count > 0)
    advise(detail::advice_on_names(file, heads, expected, options, missing.count, sorted));
  if (shapes.count > 0)
    advise(
        "Only the tensors of a head that is replaced (ReplaceHead) may have another shape: check the model's variant.");
  if (types.count > 0 && !options.allow_cast)
    advise("Floating-point types are converted if you allow it: --allow-cast (weights option allow_cast).");
  if (values.count + large.count > 0)
    advise("Such weights train to nothing; if they are meant: --allow-non-finite (weights option allow_non_finite).");
  throw Error(ErrorKind::Weights, path + " does not fit the model: " + titles + "." + lists, mend);
}

}  // namespace tuneit::weights
