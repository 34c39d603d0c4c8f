#pragma once
// Which format has what tuneit writes into the metadata of weights, and does this program know it?
#include <map>
#include <string>

#include "tuneit/io/weights/tensor_file.hpp"

namespace tuneit::io {

/// The version of the format, which goes up when an older program would misread a file. Files of tuneit 0.1, and those
/// of other programs, say none.
inline constexpr int weights_format = 1;
/// The key of the version in the metadata.
inline constexpr const char* weights_format_key = "tuneit.format";
/// The key in the metadata of a file that holds only what differs from others (io/delta/).
inline constexpr const char* delta_key = "tuneit.delta";

/// Throws Error(ErrorKind::Weights) where the metadata of `file` are of a newer format, or say none that can be read.
inline void check_format(const std::map<std::string, std::string>& metadata, const std::string& file) {
  const auto at = metadata.find(weights_format_key);
  if (at == metadata.end() || at->second == std::to_string(weights_format)) return;
  const std::string& said = at->second;
  const bool whole = !said.empty() && said.size() < 10 && said.find_first_not_of("0123456789") == std::string::npos;
  if (whole && std::stol(said) > weights_format)
    detail::refuse(file + " has weights in the format " + said + " of tuneit, and this program knows formats up to " +
                       std::to_string(weights_format),
                   "Use a newer tuneit; or save the tensors again without metadata.");
  detail::refuse(file + " says that its format of tuneit is " + quote(said, 40) + " (metadata '" + weights_format_key +
                     "'), which is none",
                 "It is damaged, or was changed by hand. Save the model again with tuneit.");
}

/// Throws Error(ErrorKind::Weights) where the metadata say that `file` is a delta, which alone is no model.
inline void check_whole(const std::map<std::string, std::string>& metadata, const std::string& file) {
  if (metadata.contains(delta_key))
    detail::refuse(file + " is a delta: it holds only what differs from the weights that a training started from",
                   "Give those weights, and the delta with --delta (tuneit::apply_delta, tuneit::load_with_deltas); "
                   "io::merge_deltas writes a whole file.");
}

}  // namespace tuneit::io
