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

#include "tuneit/io/read_tensors.hpp"
#include "tuneit/weights/propose.hpp"

namespace tuneit::weights {
namespace detail {

/// The index of the only mapping that fits the model (the others have less than half of what it has), or of that with a
/// usual name ("state_dict", "model") if none fits better; no_choice where none fits at all. Throws
/// Error(Fault::Weights) with the candidates otherwise, in the order of what fits.
[[nodiscard]] inline std::size_t choose_mapping(std::span<const io::TensorMapping> all, const std::string& file,
                                                std::span<const Expected> expected, const MatchOptions& options) {
  struct Candidate {
    std::size_t mapping;
    Fit fit;
  };
  std::vector<Candidate> candidates;
  std::size_t most = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const Fit& fit : fits_of(all[i].tensors, expected))
      if (options.strip_prefix.empty() || fit.prefix == options.strip_prefix)
        candidates.push_back({i, fit}), most = std::max(most, fit.fits);
  std::erase_if(candidates, [&](const Candidate& c) { return 2 * c.fit.fits < most; });
  if (most == 0) return io::ReadOptions::no_choice;
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(b.fit.fits, a.mapping, std::string_view(a.fit.prefix)) <
           std::tuple(a.fit.fits, b.mapping, std::string_view(b.fit.prefix));
  });
  std::vector<std::size_t> mappings, usual;
  for (const Candidate& c : candidates)
    if (std::find(mappings.begin(), mappings.end(), c.mapping) == mappings.end()) {
      mappings.push_back(c.mapping);
      if (io::is_usual_key(all[c.mapping].key)) usual.push_back(c.mapping);
    }
  if (mappings.size() == 1) return mappings.front();
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
  throw Error(Fault::Weights,
              file +
                  " holds several sets of tensors that could be the model's weights, and which one is meant is not "
                  "clear:" +
                  list,
              "Give the options of the one that you mean (weights option weights_key, with strip_prefix and "
              "ignore_unexpected).");
}

}  // namespace detail

/// io::read_tensors for a model: of a checkpoint the mapping that options name, or else the one that fits. Throws as
/// that does, and Error(Fault::Weights) where several could be meant.
[[nodiscard]] inline io::TensorFile read(const std::filesystem::path& path, std::span<const Expected> expected,
                                         const MatchOptions& options) {
  return io::read_tensors(path,
                          {options.weights_key, [&](std::span<const io::TensorMapping> all, const std::string& file) {
                             return detail::choose_mapping(all, file, expected, options);
                           }});
}

}  // namespace tuneit::weights
