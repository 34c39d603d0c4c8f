#pragma once
// Which pictures and classes does a table name? (use through dataset.hpp)
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <range/v3/algorithm/all_of.hpp>
#include <range/v3/algorithm/find.hpp>
#include <range/v3/algorithm/sort.hpp>

#include "tuneit/data/files.hpp"
#include "tuneit/data/samples.hpp"
#include "tuneit/io/csv.hpp"
#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

/// What is read of a table, by the names of its columns (any case). Empty: the usual ones.
struct TableOptions {
  std::string label;                 ///< the class, if the table has several columns of classes
  std::vector<std::string> targets;  ///< numbers to predict instead of a class: several labels (0 and 1), regression
  std::string weight;                ///< how often a sample is drawn where sampling is Weighted; > 0
};

}  // namespace tuneit::data

namespace tuneit::data::detail {

/// Column numbers of a table; `first_row` is 1 where the first row is a header.
struct CsvColumns {
  std::size_t path = 0, label = 1;
  std::optional<std::size_t> split, weight;
  std::vector<std::size_t> targets;
  std::size_t first_row = 0;
};

inline std::optional<std::size_t> find_column(const io::CsvRow& header, std::initializer_list<std::string_view> names) {
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (std::find(names.begin(), names.end(), ascii_lower(header.fields[i])) != names.end()) return i;
  return std::nullopt;
}

inline bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

/// The column that a person named. Throws with those that there are.
inline std::size_t named_column(const io::CsvRow& header, const std::string& wanted, const std::string& name) {
  if (const auto found = find_column(header, {std::string_view(ascii_lower(wanted))})) return *found;
  std::string all;
  for (const std::string& field : header.fields) all += (all.empty() ? "" : ", ") + io::quote(field);
  throw Error(Fault::Data,
              name + ":" + std::to_string(header.line) + ": the table has no column " + io::quote(wanted) + ".",
              "Its first row names " + all + ".");
}

/// A number in a field. Throws with the place.
inline double number_in(const std::string& field, const std::string& place, const std::string& column) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
    throw Error(Fault::Data, place + ": " + io::quote(field) + " in the column " + io::quote(column) + " is no number.",
                "Targets and weights are finite numbers such as 0, 1 or -2.5.");
  return value;
}

/// A first row whose path is a file is data; else it must name the columns.
inline CsvColumns find_columns(const io::CsvRow& first, const std::filesystem::path& folder, const std::string& name,
                               const TableOptions& wanted) {
  if (first.fields.size() < 2)
    throw Error(Fault::Data, name + ":" + std::to_string(first.line) + ": the table has one column only.",
                "It needs the columns path and label, separated by a comma.");
  CsvColumns columns;
  const bool by_name = !wanted.label.empty() || !wanted.targets.empty() || !wanted.weight.empty();
  if (!by_name && is_file(folder / first.fields[0])) return columns;
  const auto path = find_column(first, {"path", "file", "filename", "image", "filepath"});
  auto label = find_column(first, {"label", "class", "target", "category"});
  if (!wanted.label.empty()) label = named_column(first, wanted.label, name);
  if (!wanted.targets.empty()) label = 0;  // not read
  if (!path || !label)
    throw Error(Fault::Data,
                name + ":" + std::to_string(first.line) +
                    ": the first row names no columns path and "
                    "label, and there is no picture \"" +
                    (folder / first.fields[0]).string() + "\".",
                "Begin the table with the line path,label (paths are relative to the table's folder).");
  columns.path = *path;
  columns.label = *label;
  columns.split = find_column(first, {"split"});
  if (!wanted.weight.empty()) columns.weight = named_column(first, wanted.weight, name);
  for (const std::string& target : wanted.targets) {
    columns.targets.push_back(named_column(first, target, name));
    if (ranges::find(columns.targets.begin(), columns.targets.end() - 1, columns.targets.back()) !=
        columns.targets.end() - 1)
      throw Error(Fault::Usage, "The column " + io::quote(target) + " is named twice among the targets.");
  }
  columns.first_row = 1;
  return columns;
}

/// Classes sorted by number where all labels are integers, else by bytes. No two are equal on return.
inline std::vector<std::string> sorted_classes(std::vector<std::string> labels) {
  ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const auto number = [](const std::string& text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  };
  if (ranges::all_of(labels, [&](const std::string& label) { return number(label).has_value(); }))
    ranges::sort(labels, [&](const auto& a, const auto& b) {
      return std::pair(*number(a), a) < std::pair(*number(b), b);  // "01" and "1" are two classes
    });
  return labels;
}

/// True for the test part. Throws with file and line for another word.
inline bool is_test_part(const std::string& word, const std::string& place) {
  const std::string part = ascii_lower(word);
  for (const std::string_view name : {"test", "val", "valid", "validation"})
    if (part == name) return true;
  if (part == "train" || part == "training") return false;
  throw Error(Fault::Data, place + ": the split " + io::quote(word) + " is not known.", "Use train and test (or val).");
}

/// A table with the columns path (or file, filename, image, filepath) and label (or class, target, category) and, if
/// there is one, split (train, test or val). Without a header the first two columns count. Each picture must exist and
/// occur once: a second line would leak from the training to the test part. TableOptions name other columns.
inline Dataset csv_dataset(const std::filesystem::path& table, const SplitOptions& options,
                           const TableOptions& wanted = {}) {
  const std::string name = table.string();
  const std::filesystem::path folder = table.parent_path();
  const std::vector<io::CsvRow> rows = io::read_csv(table);
  if (rows.empty()) throw Error(Fault::Data, "The table " + name + " is empty.");
  const CsvColumns columns = find_columns(rows.front(), folder, name, wanted);

  Dataset data;
  const bool classes = columns.targets.empty();
  std::vector<std::string> labels;
  std::map<std::string, int> label_of;
  if (classes) {
    for (std::size_t i = columns.first_row; i < rows.size(); ++i) labels.push_back(rows[i].fields[columns.label]);
    data.classes = sorted_classes(labels);
    for (const std::string& label : data.classes) label_of.emplace(label, static_cast<int>(label_of.size()));
  } else {
    for (const std::size_t c : columns.targets) data.classes.push_back(rows.front().fields[c]);
  }

  std::map<std::string, std::size_t> line_of;
  std::vector<Sample> unsplit;
  for (std::size_t i = columns.first_row; i < rows.size(); ++i) {
    const io::CsvRow& row = rows[i];
    const std::string place = name + ":" + std::to_string(row.line);
    const std::string& file = row.fields[columns.path];
    if (file.empty()) throw Error(Fault::Data, place + ": the path is empty.");
    if (classes && row.fields[columns.label].empty()) throw Error(Fault::Data, place + ": the label is empty.");
    const std::string path = (folder / file).lexically_normal().string();
    if (!is_file(path))
      throw Error(Fault::Data, place + ": there is no picture " + io::quote(path, 400) + ".",
                  "Paths are relative to the table's folder; correct the path or remove the line.");
    if (const auto [known, fresh] = line_of.emplace(path, row.line); !fresh)
      throw Error(Fault::Data,
                  place + ": the picture " + io::quote(path, 400) + " was named before, in line " +
                      std::to_string(known->second) + ".",
                  "Keep one of the two lines.");
    Sample sample{path, classes ? label_of.at(row.fields[columns.label]) : 0};
    for (const std::size_t c : columns.targets)
      sample.targets.push_back(static_cast<float>(number_in(row.fields[c], place, rows.front().fields[c])));
    if (columns.weight) {
      sample.weight = number_in(row.fields[*columns.weight], place, wanted.weight);
      if (sample.weight <= 0)
        throw Error(Fault::Data, place + ": the weight " + row.fields[*columns.weight] + " is not more than 0.",
                    "Remove the line of a sample that shall not be used.");
    }
    if (!columns.split)
      unsplit.push_back(std::move(sample));
    else if (is_test_part(row.fields[*columns.split], place))
      data.test.push_back(std::move(sample));
    else
      data.train.push_back(std::move(sample));
  }

  data.source_description = "table " + name;
  const std::string where = "The table " + name;
  if (options.all_is_test && data.test.empty()) {
    data.test = columns.split ? std::move(data.train) : std::move(unsplit);
    return data;
  }
  if (!columns.split) {
    data.source_description += split_text(options, classes);
    check_dataset({data.classes, unsplit, {}, {}, {}}, where);
    split_by_class(std::move(unsplit), options, data);
    return data;
  }
  if (options.folds > 0)
    throw Error(Fault::Usage, "The table " + name + " has a split of its own, and folds were asked for.",
                "Remove its column split, or do without folds.");
  data.source_description += " with its own split";
  check_dataset(data, where);
  for (const std::string& label : classes ? data.classes : std::vector<std::string>{})
    if (ranges::find(data.train, label_of.at(label), &Sample::label) == data.train.end())
      throw Error(Fault::Data, "The class " + io::quote(label) + " of " + name + " is only in the test part.",
                  "Put pictures of it into the training part, or remove it.");
  const auto by_label_and_path = [](const Sample& a, const Sample& b) {
    return a.label != b.label ? a.label < b.label : a.path < b.path;
  };
  ranges::sort(data.train, by_label_and_path);
  ranges::sort(data.test, by_label_and_path);
  return data;
}

}  // namespace tuneit::data::detail
