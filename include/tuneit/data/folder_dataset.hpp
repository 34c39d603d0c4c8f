#pragma once
// Which classes and pictures does a folder hold? (use through dataset.hpp)
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <range/v3/algorithm/contains.hpp>

#include "tuneit/data/files.hpp"
#include "tuneit/data/samples.hpp"
#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data::detail {

/// The folder of that name (any case) in `folder` that holds class folders itself. A class may well be called "test".
inline std::optional<std::filesystem::path> part_folder(const std::filesystem::path& folder, std::string_view name) {
  for (const std::filesystem::path& inner : subfolders(folder))
    if (ascii_lower(inner.filename().string()) == name && !subfolders(inner).empty()) return inner;
  return std::nullopt;
}

struct FoundClasses {
  std::vector<std::string> names;  // sorted by bytes
  std::vector<Sample> samples;     // by class and path
};

/// Class folders of one folder. Throws where there are none or one has no picture.
inline FoundClasses find_classes(const std::filesystem::path& folder, std::vector<std::string>& warnings) {
  FoundClasses out;
  std::size_t skipped = 0, beside = 0;
  for (const std::filesystem::path& entry : sorted_entries(folder)) {
    std::error_code error;
    if (!is_hidden(entry) && has_picture_name(entry) && std::filesystem::is_regular_file(entry, error)) ++beside;
  }
  for (const std::filesystem::path& inner : subfolders(folder)) {
    FoundPictures found = find_pictures(inner);
    skipped += found.skipped;
    const std::string name = inner.filename().string();
    if (found.paths.empty())
      throw Error(Fault::Data, "The class folder " + io::quote_path(inner) + " holds no pictures.",
                  "Put .jpg, .png or .webp files into it, or remove the folder.");
    const int label = static_cast<int>(out.names.size());
    out.names.push_back(name);
    for (std::string& path : found.paths) out.samples.push_back({std::move(path), label});
  }
  if (out.names.empty())
    throw Error(Fault::Data,
                "The folder " + io::quote_path(folder) + " holds no class folders" +
                    (beside > 0 ? " (but " + count_text(beside, "picture") + ")." : "."),
                "Make one folder for each class and put its pictures there, or give a .csv table path,label.");
  if (beside > 0)
    warnings.push_back(count_text(beside, "picture") + " beside the class folders of " + io::quote_path(folder) +
                       " belong to no class and are not used.");
  if (skipped > 0)
    warnings.push_back(count_text(skipped, "hidden or other file") + " below " + io::quote_path(folder) +
                       " that are no pictures were passed over.");
  return out;
}

/// The same classes in both parts, or an error that says which are missing where.
inline void check_same_classes(const FoundClasses& train, const FoundClasses& test, const std::string& train_path,
                               const std::string& test_path) {
  const auto missing = [](const std::vector<std::string>& wanted, const std::vector<std::string>& in) {
    std::string names;
    for (const std::string& name : wanted)
      if (!ranges::contains(in, name)) names += (names.empty() ? "" : ", ") + io::quote(name);
    return names;
  };
  const std::string only_test = missing(test.names, train.names), only_train = missing(train.names, test.names);
  const std::string mend = "Both folders need the same class folders (names are compared byte by byte).";
  if (!only_test.empty())
    throw Error(Fault::Data, "In " + test_path + " but not in " + train_path + ": " + only_test + ".", mend);
  if (!only_train.empty())
    throw Error(Fault::Data, "In " + train_path + " but not in " + test_path + ": " + only_train + ".", mend);
}

inline Dataset folder_dataset(const std::filesystem::path& root, const SplitOptions& options) {
  Dataset data;
  const std::string where = "The folder " + io::quote_path(root);
  const std::optional<std::filesystem::path> train_folder = part_folder(root, "train");
  if (!train_folder) {
    FoundClasses found = find_classes(root, data.warnings);
    data.classes = std::move(found.names);
    data.source_description = "folder of class folders " + io::quote_path(root) + split_text(options);
    if (options.all_is_test) {
      data.source_description = "folder of class folders " + io::quote_path(root);
      data.test = std::move(found.samples);
      return data;
    }
    check_dataset({data.classes, found.samples, {}, {}, {}}, where);
    split_by_class(std::move(found.samples), options, data);
    return data;
  }

  std::vector<std::filesystem::path> parts;
  for (const std::string_view name : {"test", "val", "valid", "validation"})
    if (auto part = part_folder(root, name)) parts.push_back(*part);
  FoundClasses train = find_classes(*train_folder, data.warnings);
  data.classes = train.names;
  if (parts.empty()) {
    data.warnings.push_back(where + " has a train folder but no test or val folder: a test part was split off.");
    data.source_description = "folder " + io::quote_path(*train_folder) + split_text(options);
    if (options.all_is_test) {
      data.source_description = "folder " + io::quote_path(*train_folder);
      data.test = std::move(train.samples);
      return data;
    }
    check_dataset({data.classes, train.samples, {}, {}, {}}, where);
    split_by_class(std::move(train.samples), options, data);
    return data;
  }
  for (std::size_t i = 1; i < parts.size(); ++i)
    data.warnings.push_back("The folder " + io::quote_path(parts[i]) + " is not used: " + parts[0].filename().string() +
                            " is the test part.");
  if (options.folds > 0)
    throw Error(Fault::Usage, where + " has a test part of its own, and folds were asked for.",
                "Give its train folder, or do without folds.");
  FoundClasses test = find_classes(parts[0], data.warnings);
  check_same_classes(train, test, io::quote_path(*train_folder), io::quote_path(parts[0]));
  data.train = std::move(train.samples);
  data.test = std::move(test.samples);
  data.source_description = "folder " + io::quote_path(root) + " with its own split (" +
                            train_folder->filename().string() + ", " + parts[0].filename().string() + ")";
  check_dataset(data, where);
  return data;
}

}  // namespace tuneit::data::detail
