#pragma once
// Which pictures and classes does a table name? (use through dataset.hpp)
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/part_names.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/source.hpp"
#include "tuneit/data/dataset/table_columns.hpp"
#include "tuneit/data/dataset/table_paths.hpp"
#include "tuneit/io/csv.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// A number in a field. Throws with the place.
inline double number_in(const std::string& text, const std::string& place, const std::string& column) {
  const std::string_view field = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
    throw Error(ErrorKind::Data,
                place + ": " + io::quote(field) + " in the column " + io::quote(column) + " is no number.",
                "Targets and weights are finite numbers such as 0, 1 or -2.5.");
  return value;
}

/// Labels without blanks at their ends, unless that would make one of two.
inline std::vector<std::string> tidy_labels(const std::vector<io::CsvRow>& rows, const CsvColumns& columns) {
  std::map<std::string_view, std::set<std::string_view>> written;
  for (std::size_t i = columns.first_row; i < rows.size(); ++i) {
    const std::string_view raw = rows[i].fields[columns.label];
    written[trimmed(raw)].insert(raw);
  }
  std::vector<std::string> out(columns.first_row);
  for (std::size_t i = columns.first_row; i < rows.size(); ++i) {
    const std::string& raw = rows[i].fields[columns.label];
    const std::string_view tidy = trimmed(raw);
    out.emplace_back(written[tidy].size() == 1 ? tidy : raw);
  }
  return out;
}

/// The folder that the paths are relative to: the one that was named, the table's, or one beside it.
inline TablePaths find_base(const std::filesystem::path& table, const std::vector<io::CsvRow>& rows,
                            const TableOptions& wanted, const CsvColumns& columns, std::vector<std::string>& notes) {
  if (!wanted.images.empty()) return TablePaths(wanted.images);
  TablePaths beside(table.parent_path());
  if (columns.first_row >= rows.size()) return beside;
  const std::string& first = rows[columns.first_row].fields[columns.path];
  if (trimmed(first).empty() || beside.find(first)) return TablePaths(table.parent_path());
  const auto folder = folder_of_images(table, first);
  if (!folder) return beside;
  notes.push_back("Paths are relative to the folder " + io::quote_path(*folder) + ", where the first picture is.");
  return TablePaths(*folder);
}

/// A table with the columns path and label (see find_columns for other names) and, if there is one, split (train, test,
/// val, and what people call them else). Without a header the first two columns count. Each picture must exist and
/// occur once: a second line would leak from the training to the test part. TableOptions name other columns.
inline Source table_source(const std::filesystem::path& table, const TableOptions& wanted) {
  const std::string quoted = io::quote_path(table), name = quoted.substr(1, quoted.size() - 2);
  const std::vector<io::CsvRow> rows = io::read_csv(table);
  if (rows.empty()) throw Error(ErrorKind::Data, "The table " + name + " is empty.");
  const auto is_image = [&, by_name = TablePaths(wanted.images.empty() ? table.parent_path() : wanted.images)](
                            const std::string& field) mutable {
    return is_file(by_name.base() / field) || (has_image_name(trimmed(field)) && by_name.find(field).has_value());
  };
  const auto somewhere = [&](const std::string& field) {
    if (trimmed(field).empty()) return false;
    if (!wanted.images.empty()) return TablePaths(wanted.images).find(field).has_value();
    return TablePaths(table.parent_path()).find(field) || folder_of_images(table, field);
  };
  CsvColumns columns = find_columns(rows, name, wanted, is_image, somewhere);

  Source source;
  source.where = "The table " + name;
  source.description = "table " + name;
  source.own = "a split of its own";
  source.warnings = std::move(columns.notes);
  source.targets = !columns.targets.empty();
  TablePaths paths = find_base(table, rows, wanted, columns, source.warnings);
  const std::vector<std::string> labels = tidy_labels(rows, columns);
  std::map<std::string, int> label_of;
  if (!source.targets) {
    source.classes = sorted_classes({labels.begin() + static_cast<std::ptrdiff_t>(columns.first_row), labels.end()});
    for (const std::string& label : source.classes) label_of.emplace(label, static_cast<int>(label_of.size()));
    source.shares.resize(source.classes.size());
  } else {
    for (const std::size_t c : columns.targets) source.classes.emplace_back(trimmed(rows.front().fields[c]));
  }

  std::map<std::string, std::size_t> line_of;
  for (std::size_t i = columns.first_row; i < rows.size(); ++i) {
    const io::CsvRow& row = rows[i];
    const std::string place = name + ":" + std::to_string(row.line);
    const std::string& file = row.fields[columns.path];
    if (trimmed(file).empty()) throw Error(ErrorKind::Data, place + ": the path is empty.");
    if (!source.targets && trimmed(labels[i]).empty()) throw Error(ErrorKind::Data, place + ": the label is empty.");
    const std::optional<std::string> path = paths.find(file);
    if (!path)
      throw Error(ErrorKind::Data,
                  place + ": there is no picture " +
                      io::quote_path((paths.base() / std::string(trimmed(file))).lexically_normal()) + ".",
                  wanted.images.empty()
                      ? "Paths are relative to the table's folder; correct the path or remove the line, "
                        "or name the folder of the pictures with --image-root."
                      : "Correct the path, or remove the line.");
    if (const auto [known, fresh] = line_of.emplace(*path, row.line); !fresh)
      throw Error(ErrorKind::Data,
                  place + ": the picture " + io::quote(*path, 400) + " was named before, in line " +
                      std::to_string(known->second) + ".",
                  "Keep one of the two lines.");
    Sample sample{*path, source.targets ? 0 : label_of.at(labels[i])};
    for (const std::size_t c : columns.targets)
      sample.targets.push_back(
          static_cast<float>(number_in(row.fields[c], place, source.classes[sample.targets.size()])));
    if (columns.weight) {
      sample.weight = number_in(row.fields[*columns.weight], place, wanted.weight);
      if (sample.weight <= 0)
        throw Error(ErrorKind::Data, place + ": the weight " + row.fields[*columns.weight] + " is not more than 0.",
                    "Remove the line of a sample that shall not be used.");
    }
    SourcePart* part = &source.undivided;
    if (columns.split) {
      const std::string& word = row.fields[*columns.split];
      const std::optional<Part> meant = part_of_word(word);
      if (!meant)
        throw Error(ErrorKind::Data, place + ": the split " + io::quote(word) + " is not known.",
                    "Use train and test (or val).");
      part = *meant == Part::Train ? &source.train : *meant == Part::Val ? &source.val : &source.test;
      if (!part->there) part->name = "the part " + io::quote(trimmed(word));
    }
    part->there = true;
    part->samples.push_back(std::move(sample));
  }
  const std::vector<std::string> notes = paths.notes();
  source.warnings.insert(source.warnings.end(), notes.begin(), notes.end());
  if (columns.split) source.description += " with its own split";
  return source;
}

}  // namespace tuneit::data::detail
