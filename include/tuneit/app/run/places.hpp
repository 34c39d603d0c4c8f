#pragma once
// Can everything that the options ask for be written? Tried before anything is downloaded or read.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/app/run/run_folder.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/download/places.hpp"

namespace tuneit::app {

/// What a run reads by the names that a person gave: no result may take the place of one of these.
inline std::vector<std::string> inputs_of(const Options& o) {
  std::vector<std::string> all{o.weights, o.data, o.train_data, o.test_data};
  all.insert(all.end(), o.deltas.begin(), o.deltas.end());
  return all;
}

namespace detail {

/// The place that a path names, whether or not something is there yet.
inline std::filesystem::path place_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  const std::filesystem::path place = std::filesystem::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : place;
}

/// A file that is one of the results. What is there already will be replaced, when the new one is whole; but not what
/// is read.
inline void try_result(const Options& o, const std::string& option, const std::string& path) {
  for (const std::string& input : inputs_of(o))
    if (io::same_file(path, input))
      throw Error(ErrorKind::Usage, option + " would replace " + io::quote_path(path) + ", which is read",
                  "Give another name.");
  try {
    const Orderly not_half_way;
    io::try_file(path);
  } catch (const Error& e) {
    throw Error(e.kind(), option + ": " + e.what());
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
  if (o.dry_run) return {};
  std::optional<RunFolder> folder;
  if (!o.evaluate) {
    folder.emplace(o.out, o.overwrite, inputs_of(o));
    folder->check_room(1, static_cast<std::uint64_t>(kind.file_bytes(o.settings, std::max(1, kind.outputs))),
                       o.settings.epochs);
    for (const char* const name : run_files)
      if (!o.logits.empty() && detail::place_of(o.logits) == detail::place_of(folder->file(name)))
        throw Error(ErrorKind::Usage, "--logits " + o.logits + " is a file of the run itself", "Give another name.");
  }
  if (!o.logits.empty()) detail::try_result(o, "--logits", o.logits);
  return folder;
}

/// Once the data set is open, and what was an address is a file: throws Error(Usage) where a result would take the
/// place of one of its pictures, or of what else is read.
inline void spare_inputs(const Options& o, const data::Dataset& data) {
  for (const auto& [option, path] : {std::pair("--emit-python", &o.script), std::pair("--show-data", &o.show_data),
                                     std::pair("--logits", &o.logits)}) {
    struct stat result {
    }, input{};
    if (path->empty() || ::stat(path->c_str(), &result) != 0) continue;
    const auto spare = [&](const std::string& file, const char* what) {
      if (::stat(file.c_str(), &input) == 0 && input.st_ino == result.st_ino && input.st_dev == result.st_dev)
        throw Error(ErrorKind::Usage, std::string(option) + " would replace " + io::quote_path(*path) + what,
                    "Give another name.");
    };
    for (const std::string& file : inputs_of(o)) spare(file, ", which is read");
    for (const auto* part : {&data.train, &data.test})
      for (const data::Sample& sample : *part) spare(sample.path, ", which is a picture of the data");
  }
}

}  // namespace tuneit::app
