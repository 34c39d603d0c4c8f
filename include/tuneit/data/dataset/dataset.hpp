#pragma once
// Which pictures are there to learn from and to be judged on, and which class is each of?
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/csv_dataset.hpp"
#include "tuneit/data/dataset/decide.hpp"
#include "tuneit/data/dataset/files.hpp"
#include "tuneit/data/dataset/folder_dataset.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/shared_images.hpp"
#include "tuneit/data/dataset/source.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// Parts that a person names one by one, each a folder of class folders or a table. `test` may be empty: a part is
/// split off then; or `train`, if all is to be tested.
struct PartPaths {
  std::filesystem::path train, test;
};

namespace detail {

inline void check_options(const SplitOptions& options) {
  if (!(options.test_fraction >= 0.0 && options.test_fraction < 1.0))
    throw Error(ErrorKind::Usage, "A test fraction of " + std::to_string(options.test_fraction) + " is impossible.",
                "Use at least 0 and less than 1, for instance 0.25.");
  if (options.folds == 1 || (options.folds > 0 && options.fold >= options.folds))
    throw Error(ErrorKind::Usage,
                "Fold " + std::to_string(options.fold + 1) + " of " + std::to_string(options.folds) + " is impossible.",
                "Use 2 folds or more, and one of them.");
}

inline Source open_source(const std::filesystem::path& path, const SplitOptions& options, const TableOptions& table) {
  std::error_code error;
  const std::filesystem::file_status kind = std::filesystem::status(path, error);
  if (!std::filesystem::exists(kind))
    throw Error(ErrorKind::Data, "There is no data at " + io::quote_path(path) + ".",
                "Check the path (it is relative to " + io::quote_path(std::filesystem::current_path(error)) + ").");
  if (std::filesystem::is_directory(kind)) {
    if (table.names_columns() || !table.images.empty())
      throw Error(ErrorKind::Usage, "Columns were named, and " + io::quote_path(path) + " is a folder.",
                  "Give a .csv table, or leave the columns out.");
    return folder_source(path, options);
  }
  const std::string extension = ascii_lower(path.extension().string());
  if (std::filesystem::is_regular_file(kind) && (extension == ".csv" || extension == ".tsv"))
    return table_source(path, table);
  throw Error(ErrorKind::Data,
              "Cannot take data from " + io::quote_path(path) + ": it is neither a folder nor a .csv or .tsv file.",
              "Give a folder with one folder of pictures for each class, or a table path,label.");
}

/// All that a source holds as one part of another, under that one's labels.
inline void take_part(Source part, const std::filesystem::path& path, Source& into, SourcePart& to) {
  if (part.train.there || part.val.there || part.test.there || !part.folds.empty())
    throw Error(ErrorKind::Data, part.where + " was named as one part, and has parts of its own.",
                "Name one of these, or give the whole as --data.");
  const std::size_t before = into.classes.size();
  std::map<std::string, int> label_of;
  for (const std::string& name : into.classes) label_of.emplace(name, static_cast<int>(label_of.size()));
  for (const std::string& name : part.classes)
    if (label_of.emplace(name, static_cast<int>(label_of.size())).second) into.classes.push_back(name);
  if (part.targets && before > 0 && into.classes != part.classes)
    throw Error(ErrorKind::Data, "The two tables have target columns of other names.");
  into.shares.resize(part.targets ? 0 : into.classes.size());
  for (Sample& sample : part.undivided.samples)
    if (!part.targets) sample.label = label_of.at(part.classes[static_cast<std::size_t>(sample.label)]);
  for (std::size_t i = 0; i < part.shares.size(); ++i)
    for (const auto& [reason, count] : part.shares[i].passed_over)
      into.shares[static_cast<std::size_t>(label_of.at(part.classes[i]))].passed_over[reason] += count;
  into.warnings.insert(into.warnings.end(), part.warnings.begin(), part.warnings.end());
  into.targets = part.targets;
  to = {io::quote_path(path), true, std::move(part.undivided.samples)};
}

/// Classes in the order that they have when they are found together: by bytes, of tables by number where all are.
inline void sort_classes(Source& source) {
  if (source.targets) return;
  std::vector<std::string> sorted = sorted_classes(source.classes);
  if (source.same_classes) std::sort(sorted.begin(), sorted.end());  // of folders
  std::map<std::string, std::size_t> place;
  for (const std::string& name : sorted) place.emplace(name, place.size());
  std::vector<int> fresh;
  std::vector<ClassShare> shares(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::size_t at = place.at(source.classes[i]);
    fresh.push_back(static_cast<int>(at));
    shares[at] = source.shares[i];
  }
  for (SourcePart* part : source.parts())
    for (Sample& sample : part->samples) sample.label = fresh[static_cast<std::size_t>(sample.label)];
  source.classes = sorted;
  source.shares = std::move(shares);
}

}  // namespace detail

/// Opens what `path` is: a folder of class folders, with parts (train, test, val and what people call them else, see
/// part_names.hpp and folder_layout.hpp) or without, or a .csv or .tsv table (see table_source). Where no split is
/// given one is made: see split_by_class. The result depends on names and the seed only. Things that were passed over
/// are sentences in `warnings`. Throws ErrorKind::Data, with what to do, for anything that cannot be trained on (or
/// tested, with all_is_test).
inline Dataset open_dataset(const std::filesystem::path& path, const SplitOptions& options = {},
                            const TableOptions& table = {}) {
  detail::check_options(options);
  return detail::with_copies_named(detail::decide(detail::open_source(path, options, table), options));
}

/// The same of parts that were named one by one.
inline Dataset open_dataset(const PartPaths& parts, const SplitOptions& options = {}, const TableOptions& table = {}) {
  detail::check_options(options);
  detail::Source all;
  all.where = "The data of " + io::quote_path(parts.train.empty() ? parts.test : parts.train);
  std::error_code error;
  for (const auto& [path, part] : {std::pair(&parts.train, &all.train), std::pair(&parts.test, &all.test)}) {
    if (path->empty()) continue;
    all.same_classes |= std::filesystem::is_directory(*path, error);
    detail::take_part(detail::open_source(*path, options, table), *path, all, *part);
    all.description += (all.description.empty() ? "" : " and ") + io::quote_path(*path);
  }
  if (all.description.empty()) throw Error(ErrorKind::Usage, "No data was named.");
  detail::sort_classes(all);
  return detail::with_copies_named(detail::decide(std::move(all), options));
}

}  // namespace tuneit::data
