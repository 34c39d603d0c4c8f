#pragma once
// Which columns of a table are the path, the class and the part? By the names that people give them.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/data/dataset/part_names.hpp"
#include "tuneit/data/dataset/table_paths.hpp"
#include "tuneit/io/csv.hpp"
#include "tuneit/io/csv_columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// What is read of a table, by the names of its columns (any case, blanks at the ends left out). Empty: the usual ones.
struct TableOptions {
  std::string label{};                 ///< the class, if the table has several columns of classes
  std::vector<std::string> targets{};  ///< numbers to predict instead of a class: several labels (0 and 1), regression
  std::string weight{};                ///< how often a sample is drawn where sampling is Weighted; > 0
  std::string path{};                  ///< the picture
  std::filesystem::path images{};      ///< the folder that paths are relative to; empty: the table's, or one beside it

  [[nodiscard]] bool names_columns() const {
    return !label.empty() || !targets.empty() || !weight.empty() || !path.empty();
  }
};

namespace detail {

/// Column numbers of a table; `first_row` is 1 where the first row is a header.
struct CsvColumns {
  std::size_t path = 0, label = 1;
  std::optional<std::size_t> split{}, weight{};
  std::vector<std::size_t> targets{};
  std::size_t first_row = 0;
  std::vector<std::string> notes{};
};

using io::column_names;
using io::find_columns_called;
using io::joined_name;
using io::named_column;
using io::plain_name;

/// Of the columns that may be the path the first whose first field is a picture; of names that may be something else
/// (id, name) only one may be.
inline std::optional<std::size_t> path_column(const std::vector<io::CsvRow>& rows, const std::string& name,
                                              const std::function<bool(const std::string&)>& is_image) {
  const io::CsvRow& header = rows.front();
  const auto sure = find_columns_called(header, {"path", "file", "filename", "image", "filepath"});
  auto some = sure;
  if (some.empty())
    some = find_columns_called(header, {"imagepath", "imagefile", "imagefilename", "imagefilepath", "imagename",
                                        "imgpath", "imgname", "imgfile", "img", "picture", "photo", "filenames",
                                        "imageid", "imgid", "id", "name", "images", "paths", "files"});
  if (some.size() < 2 || rows.size() < 2) return some.empty() ? std::nullopt : std::optional(some.front());
  std::vector<std::size_t> found;
  for (const std::size_t column : some)
    if (is_image(rows[1].fields[column])) found.push_back(column);
  if (found.size() == 1 || !sure.empty()) return found.empty() ? some.front() : found.front();
  throw Error(ErrorKind::Data,
              name + ":" + std::to_string(header.line) + ": several columns may be the path of the picture, " +
                  io::quote(header.fields[some[0]]) + " and " + io::quote(header.fields[some[1]]) + ".",
              "Name it with --path-column.");
}

/// A column split; or one of another name that has nothing but words of parts in it.
inline std::optional<std::size_t> split_column(const std::vector<io::CsvRow>& rows) {
  if (const auto sure = find_columns_called(rows.front(), {"split"}); !sure.empty()) return sure.front();
  for (const std::size_t column : find_columns_called(rows.front(), {"subset", "partition", "set", "part", "phase"}))
    if (rows.size() > 1 && std::all_of(rows.begin() + 1, rows.end(), [&](const io::CsvRow& row) {
          return part_of_word(row.fields[column]).has_value();
        }))
      return column;
  return std::nullopt;
}

/// A first row whose path is a picture is data; else it must name the columns. `somewhere`: is there a picture that a
/// field can mean, wherever it is looked for?
inline CsvColumns find_columns(const std::vector<io::CsvRow>& rows, const std::string& name, const TableOptions& wanted,
                               const std::function<bool(const std::string&)>& is_image,
                               const std::function<bool(const std::string&)>& somewhere) {
  const io::CsvRow& first = rows.front();
  if (first.fields.size() < 2)
    throw Error(ErrorKind::Data, name + ":" + std::to_string(first.line) + ": the table has one column only.",
                "It needs the columns path and label, separated by a comma (a tab or a semicolon does, too).");
  CsvColumns columns;
  if (!wanted.names_columns() && is_image(first.fields[0])) return columns;
  columns.first_row = 1;
  columns.split = split_column(rows);
  std::optional<std::size_t> label;
  const std::optional<std::size_t> path =
      wanted.path.empty() ? path_column(rows, name, somewhere) : named_column(first, wanted.path, name);
  if (const auto called = find_columns_called(first, {"label", "class", "target", "category"}); !called.empty())
    label = called.front();
  else if (const auto others = find_columns_called(first, {"labels", "classes", "classname", "labelname",
                                                           "categoryname", "classid", "labelid", "categoryid", "y"});
           others.size() == 1)
    label = others.front();
  if (!wanted.label.empty()) label = named_column(first, wanted.label, name);
  if (!wanted.targets.empty()) label = 0;                                    // not read
  if (path && !label && first.fields.size() == (columns.split ? 3U : 2U)) {  // it can be no other
    for (std::size_t i = 0; i < first.fields.size(); ++i)
      if (i != *path && (!columns.split || i != *columns.split)) label = i;
    columns.notes.push_back("The column " + io::quote(first.fields[*label]) + " is taken for the label.");
  }
  if (!path || !label || (wanted.targets.empty() && *path == *label))
    throw Error(ErrorKind::Data,
                name + ":" + std::to_string(first.line) +
                    ": the first row names no columns path and label, and there is no picture " +
                    io::quote(first.fields[0], 400) + ". It names " + column_names(first) + ".",
                "Begin the table with the line path,label (paths are relative to the table's folder), or name its "
                "columns with --path-column and --label-column.");
  columns.path = *path;
  columns.label = *label;
  if (plain_name(first.fields[*path]) != "path" && wanted.path.empty() &&
      find_columns_called(first, {"path", "file", "filename", "image", "filepath"}).empty())
    columns.notes.push_back("The column " + io::quote(first.fields[*path]) + " is taken for the path of the picture.");
  if (!wanted.weight.empty()) columns.weight = named_column(first, wanted.weight, name);
  for (const std::string& target : wanted.targets) {
    const std::size_t column = named_column(first, target, name);
    if (std::find(columns.targets.begin(), columns.targets.end(), column) != columns.targets.end())
      throw Error(ErrorKind::Usage, "The column " + io::quote(target) + " is named twice among the targets.");
    columns.targets.push_back(column);
  }
  return columns;
}

}  // namespace detail
}  // namespace tuneit::data
