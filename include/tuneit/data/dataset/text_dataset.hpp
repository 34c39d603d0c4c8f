#pragma once
// Which texts are there to learn from and to be judged on, and which labels have they? By the rules for pictures. No
// LibTorch.
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/dataset.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/text_labels.hpp"
#include "tuneit/data/dataset/text_parts.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/folder.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/read.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {
namespace detail {

inline TextDataset decide_texts(TextSource source, const SplitOptions& options) {
  TextDataset data;
  data.files = source.texts.files;
  data.warnings = source.texts.notes;
  data.source_description = source.description;
  data.columns = source.texts.columns;
  note_findings(source.texts, data);
  sort_into_parts(source);
  const auto append_to = [](TextPart& to, TextPart& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  if (!source.test.empty() && !source.val.empty()) {
    data.warnings.push_back("The part " + io::quote(source.val.front().part) + " is not used (" +
                            count_text(source.val.size(), "text") + "): " + io::quote(source.test.front().part) +
                            " is the test part.");
    source.val.clear();
  }
  append_to(source.test, source.val);
  data.own_test = !source.test.empty();
  const bool divided = !source.train.empty();
  append_to(source.train, source.undivided);
  if (options.all_is_test && options.folds == 0) {
    if (!data.own_test) append_to(source.test, source.train);
    data.train = std::move(source.train);
    data.test = std::move(source.test);
    if (data.test.empty()) throw Error(ErrorKind::Data, source.where + " has no texts to test on.");
    return data;
  }
  if (source.train.empty()) throw Error(ErrorKind::Data, source.where + " has no texts to train on.");
  check_labels(data, source.train, source.test);
  if (data.own_test) {
    if (options.folds > 0)
      throw Error(ErrorKind::Usage, source.where + " has a test part of its own, and folds were asked for.",
                  "Give its training part, or do without folds.");
    data.train = std::move(source.train);
    data.test = std::move(source.test);
    data.source_description += " with its own split";
  } else {
    if (divided)
      data.warnings.push_back(source.where +
                              " has a training part and no test or val part: a test part was split off.");
    split_texts(std::move(source.train), options, data);
  }
  collect_classes(data, source.where);
  count_copies(data);
  Settled alike = settle_alike(data.classes, data.counts, false, "text");
  if (has_classes(data.train)) data.warnings.insert(data.warnings.end(), alike.notes.begin(), alike.notes.end());
  return data;
}

inline void read_any(const std::filesystem::path& path, const io::TextOptions& options,
                     std::optional<io::TextFormat> format, io::Texts& into) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Error(ErrorKind::Data, "There is no data at " + io::quote_path(path) + ".",
                "Check the path (it is relative to " + io::quote_path(std::filesystem::current_path(error)) + ").");
  if (std::filesystem::is_directory(path, error))
    io::read_text_folder(path, options, into);
  else
    io::read_text_file(path, options, into, format);
}

}  // namespace detail

/// The texts of a file or folder (see io/text/read.hpp, folder.hpp), and which of them are tested: those of the part
/// test (or val); without one, a part is split off as of pictures, class by class or in whole groups; the result is a
/// function of the files and the seed. Throws ErrorKind::Data, with file and line, for what cannot be read, a label
/// that is only in the test part, a part that is not known, and where nothing is left to train on (or to test, with
/// all_is_test).
inline TextDataset open_texts(const std::filesystem::path& path, const io::TextOptions& options = {},
                              const SplitOptions& split = {}, std::optional<io::TextFormat> format = std::nullopt) {
  detail::check_options(split);
  detail::TextSource source;
  detail::read_any(path, options, format, source.texts);
  source.where = "The data of " + io::quote_path(path);
  source.description = "texts of " + io::quote_path(path);
  return detail::decide_texts(std::move(source), split);
}

/// The same of parts that were named one by one; what their files say of parts is not heeded.
inline TextDataset open_texts(const PartPaths& parts, const io::TextOptions& options = {},
                              const SplitOptions& split = {}, std::optional<io::TextFormat> format = std::nullopt) {
  detail::check_options(split);
  detail::TextSource source;
  for (const auto& [path, name] : {std::pair(&parts.train, "train"), std::pair(&parts.test, "test")}) {
    if (path->empty()) continue;
    const std::size_t before = source.texts.examples.size();
    detail::read_any(*path, options, format, source.texts);
    for (std::size_t i = before; i < source.texts.examples.size(); ++i) source.texts.examples[i].part = name;
    source.description += (source.description.empty() ? "texts of " : " and ") + io::quote_path(*path);
  }
  if (source.description.empty()) throw Error(ErrorKind::Usage, "No data was named.");
  source.where = "The data of " + io::quote_path(parts.train.empty() ? parts.test : parts.train);
  return detail::decide_texts(std::move(source), split);
}

}  // namespace tuneit::data
