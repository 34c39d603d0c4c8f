#pragma once
// Which of a checkpoint's mappings of tensors are the model's weights? Names may say so, or what fits; where several
// could be meant, all of them are listed with the options that pick them.
#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tuneit/io/weights/format.hpp"
#include "tuneit/io/weights/read_tensors.hpp"
#include "tuneit/weights/propose.hpp"

namespace tuneit::weights {
namespace detail {

/// A mapping under a key that is not usual fits alone. Refused where the weights that are meant may be others: an
/// object, or tensors that are not the model's (`misfits`), under a usual key.
inline void check_unusual(std::span<const io::TensorMapping> all, std::size_t chosen,
                          const std::vector<std::size_t>& misfits, const std::string& file,
                          const MatchOptions& options) {
  const std::string& key = all[chosen].key;
  if (key == io::TensorMapping::top) return;
  const auto depth = [](const std::string& of) { return std::count(of.begin(), of.end(), '.'); };
  const bool usual = io::is_usual_key(key);
  for (const std::size_t i : misfits) {
    const bool object = !all[i].object.empty();
    if (usual && (object || depth(all[i].key) >= depth(key))) continue;
    throw Error(
        ErrorKind::Weights,
        file + " has under " + io::quote(all[i].key) + ", where weights usually lie, " +
            (object ? "an object of the class " + io::quote(all[i].object) + ", which tuneit does not make"
                    : std::string("tensors that do not fit this model")) +
            "; those that fit lie under " + io::quote(key) + ", and may be something else (an average, gradients)",
        "If they are the ones that you mean, pass --weights-key " + shell_word(key) +
            " (weights option weights_key); else save the model alone, in Python: torch.save(model.state_dict(), "
            "'weights.pth').");
  }
  if (!usual && options.notes != nullptr)
    options.notes->push_back("the weights are those under " + io::quote(key) + ", the only ones that fit");
}

/// The index of the only mapping that fits the model (the others have less than half of what it has), or of that with a
/// usual name ("state_dict", "model") if none fits better; no_choice where none fits at all. Throws
/// Error(ErrorKind::Weights) with the candidates otherwise, in the order of what fits; equal ones under usual keys
/// first, then in the order of the file. A key that is not usual is noted.
[[nodiscard]] inline std::size_t choose_mapping(std::span<const io::TensorMapping> all, const std::string& file,
                                                std::span<const Expected> expected, const MatchOptions& options) {
  struct Candidate {
    std::size_t mapping;
    Fit fit;
  };
  std::vector<Candidate> candidates;
  std::size_t most = 0;
  std::vector<std::size_t> misfits;  // under usual keys
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool some = !all[i].object.empty();
    for (const Fit& fit : fits_of(all[i].tensors, expected))
      if (options.strip_prefix.empty() || fit.prefix == options.strip_prefix)
        candidates.push_back({i, fit}), most = std::max(most, fit.fits), some = true;
    if (some && io::is_usual_key(all[i].key)) misfits.push_back(i);
  }
  std::erase_if(candidates, [&](const Candidate& c) { return 2 * c.fit.fits < most; });
  if (most == 0) return io::ReadOptions::no_choice;
  const auto rank = [&](const Candidate& c) {
    const io::TensorMapping& of = all[c.mapping];
    return std::tuple(most - c.fit.fits, !io::is_usual_key(of.key), of.order, !c.fit.usual(), c.fit.first,
                      std::string_view(c.fit.prefix));
  };
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
  std::vector<std::size_t> mappings, usual;
  for (const Candidate& c : candidates)
    if (std::find(mappings.begin(), mappings.end(), c.mapping) == mappings.end()) {
      mappings.push_back(c.mapping);
      if (io::is_usual_key(all[c.mapping].key)) usual.push_back(c.mapping);
    }
  if (mappings.size() == 1) {
    std::erase(misfits, mappings.front());
    check_unusual(all, mappings.front(), misfits, file, options);
    return mappings.front();
  }
  if (usual.size() == 1) {
    const auto best = std::find_if(candidates.begin(), candidates.end(),
                                   [&](const Candidate& c) { return c.mapping == usual.front(); });
    if (best->fit.fits == most) {
      std::string others;
      for (const std::size_t i : mappings)
        if (i != usual.front() && others.size() < 200)
          others += (others.empty() ? "" : ", ") + ("--weights-key " + shell_word(all[i].key));
      if (options.notes != nullptr)
        options.notes->push_back("the weights are those under " + io::quote(all[usual.front()].key) +
                                 "; the file has others that fit: " + others);
      return usual.front();
    }
  }
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(candidates.size(), 12); ++i) {
    const auto& [at, fit] = candidates[i];
    list += "\n    " + options_for(all[at].tensors, expected, all[at].key, fit.prefix, options) + ": " +
            std::to_string(fit.fits) + " of the model's " + std::to_string(count_of_model(expected)) + " tensors";
  }
  if (candidates.size() > 12) list += "\n    and " + std::to_string(candidates.size() - 12) + " more";
  throw Error(ErrorKind::Weights,
              file +
                  " holds several sets of tensors that could be the model's weights, and which one is meant is not "
                  "clear:" +
                  list,
              "Give the options of the one that you mean (weights option weights_key, with strip_prefix and "
              "ignore_unexpected).");
}

}  // namespace detail

/// How a model's tensors are found in a checkpoint: by the mapping that options name, or else the one that fits. Throws
/// Error(ErrorKind::Weights) where several could be meant. `expected` must outlive it.
[[nodiscard]] inline io::ReadOptions read_options(std::span<const Expected> expected, const MatchOptions& options) {
  io::ReadOptions read{options.weights_key,
                       [expected, options](std::span<const io::TensorMapping> all, const std::string& file) {
                         return detail::choose_mapping(all, file, expected, options);
                       }};
  for (const Expected& e : expected)
    for (const std::string& other : e.also) read.tied.emplace(other, e.name);
  return read;
}

/// io::read_tensors for a model. Throws as that does, and Error(ErrorKind::Weights) where several mappings of a
/// checkpoint could be meant, for files of a newer format of tuneit, and for deltas, which alone are no model
/// (weights/delta.hpp).
[[nodiscard]] inline io::TensorFile read(const std::filesystem::path& path, std::span<const Expected> expected,
                                         const MatchOptions& options) {
  io::TensorFile file = io::read_tensors(path, read_options(expected, options));
  io::check_format(file.metadata, io::quote_path(path));
  io::check_whole(file.metadata, io::quote_path(path));
  return file;
}

}  // namespace tuneit::weights
