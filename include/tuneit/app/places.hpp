#pragma once
// Can everything that the options ask for be written? Tried before anything is downloaded or read.
#include <algorithm>
#include <optional>
#include <string>

#include "tuneit/app/options.hpp"
#include "tuneit/app/run_folder.hpp"
#include "tuneit/app/session.hpp"
#include "tuneit/io/places.hpp"

namespace tuneit::app {

namespace detail {

/// A file that is one of the results. What is there already will be replaced, when the new one is whole; but not what
/// is read.
inline void try_result(const Options& o, const std::string& option, const std::string& path) {
  for (const std::string& input : {o.weights, o.data})
    if (io::same_file(path, input))
      throw Error(Fault::Usage, option + " would replace " + io::quote_path(path) + ", which is read",
                  "Give another name.");
  try {
    const Orderly not_half_way;
    io::try_file(path);
  } catch (const Error& e) {
    throw Error(e.fault(), option + ": " + e.what());
  }
  stop_if_told(" before anything was trained or tested");
}

}  // namespace detail

/// Throws Error(Io or Usage) where a place of a result will not do. The folder of the run, if there will be one.
inline std::optional<RunFolder> try_places(const Options& o, const RecipeInfo& kind) {
  if (o.emits) {
    if (!o.script.empty()) detail::try_result(o, "--emit-python", o.script);
    return {};
  }
  if (!o.show_data.empty()) {
    detail::try_result(o, "--show-data", o.show_data);
    return {};
  }
  if (o.dry_run && !o.evaluate) return {};
  std::optional<RunFolder> folder;
  if (!o.evaluate) {
    folder.emplace(o.out, o.overwrite, std::vector<std::string>{o.weights, o.data});
    folder->check_room(1, static_cast<std::uint64_t>(kind.file_bytes(o.settings, std::max(1, kind.outputs))),
                       o.settings.epochs);
    for (const char* const name : run_files)
      if (std::filesystem::path(o.logits).lexically_normal() ==
          std::filesystem::path(folder->file(name)).lexically_normal())
        throw Error(Fault::Usage, "--logits " + o.logits + " is a file of the run itself", "Give another name.");
  }
  if (!o.logits.empty()) detail::try_result(o, "--logits", o.logits);
  return folder;
}

}  // namespace tuneit::app
