#pragma once
// Which pictures are there to learn from and to be judged on, and which class is each of?
#include <filesystem>
#include <string>
#include <system_error>

#include "tuneit/data/csv_dataset.hpp"
#include "tuneit/data/files.hpp"
#include "tuneit/data/folder_dataset.hpp"
#include "tuneit/data/samples.hpp"
#include "tuneit/data/shared_pictures.hpp"
#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

namespace detail {

inline Dataset with_shared_pictures_named(Dataset data) {
  if (const SharedPictures shared = shared_pictures(data.train, data.test); shared.count > 0)
    data.warnings.push_back(count_text(shared.count, "picture") +
                            " of the test part can also be found in the training part, byte for byte, and make the "
                            "test look better than it is: " +
                            io::quote(shared.test, 400) + " is " + io::quote(shared.train, 400) + ".");
  return data;
}

}  // namespace detail

/// Opens what `path` is: a folder with train/ and test/ (or val/, valid/, validation/), a folder of class folders, or
/// a .csv file (see csv_dataset). Where no split is given one is made: see split_by_class. The result depends on names
/// and the seed only. Things that were passed over are sentences in `warnings`.
/// Throws Fault::Data, with what to do, for anything that cannot be trained on.
inline Dataset open_dataset(const std::filesystem::path& path, const SplitOptions& options = {},
                            const TableOptions& table = {}) {
  if (!(options.test_fraction >= 0.0 && options.test_fraction < 1.0))
    throw Error(Fault::Usage, "A test fraction of " + std::to_string(options.test_fraction) + " is impossible.",
                "Use at least 0 and less than 1, for instance 0.25.");
  if (options.folds == 1 || (options.folds > 0 && options.fold >= options.folds))
    throw Error(Fault::Usage,
                "Fold " + std::to_string(options.fold + 1) + " of " + std::to_string(options.folds) + " is impossible.",
                "Use 2 folds or more, and one of them.");
  const bool names_columns = !table.label.empty() || !table.targets.empty() || !table.weight.empty();
  std::error_code error;
  const std::filesystem::file_status kind = std::filesystem::status(path, error);
  if (!std::filesystem::exists(kind))
    throw Error(Fault::Data, "There is no data at " + io::quote_path(path) + ".",
                "Check the path (it is relative to " + io::quote_path(std::filesystem::current_path(error)) + ").");
  if (std::filesystem::is_directory(kind)) {
    if (names_columns)
      throw Error(Fault::Usage, "Columns were named, and " + io::quote_path(path) + " is a folder.",
                  "Give a .csv table, or leave the columns out.");
    return detail::with_shared_pictures_named(detail::folder_dataset(path, options));
  }
  if (std::filesystem::is_regular_file(kind) && ascii_lower(path.extension().string()) == ".csv")
    return detail::with_shared_pictures_named(detail::csv_dataset(path, options, table));
  throw Error(Fault::Data,
              "Cannot take data from " + io::quote_path(path) + ": it is neither a folder nor a .csv file.",
              "Give a folder with one folder of pictures for each class, or a table path,label.");
}

}  // namespace tuneit::data
