#pragma once
// Which column of a table has a name that a person would take for it?
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/csv.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// Lower case, without blanks at the ends.
inline std::string plain_name(std::string_view name) { return ascii_lower(std::string(trimmed(name))); }
/// The same without what people put between words: Image_Path, "image path".
inline std::string joined_name(std::string_view name) {
  std::string out = plain_name(name);
  std::erase_if(out, [](char c) { return c == ' ' || c == '_' || c == '-' || c == '.'; });
  return out;
}

inline std::vector<std::size_t> find_columns_called(const CsvRow& header, std::span<const std::string_view> names) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (std::find(names.begin(), names.end(), joined_name(header.fields[i])) != names.end()) out.push_back(i);
  return out;
}
inline std::vector<std::size_t> find_columns_called(const CsvRow& header,
                                                    std::initializer_list<std::string_view> names) {
  return find_columns_called(header, std::span(names.begin(), names.size()));
}

inline std::string column_names(const CsvRow& header) {
  constexpr std::size_t most = 30;
  std::string all;
  for (std::size_t i = 0; i < std::min(most, header.fields.size()); ++i)
    all += (i == 0 ? "" : ", ") + quote(header.fields[i], 60);
  return all + (header.fields.size() > most ? " and " + std::to_string(header.fields.size() - most) + " more" : "");
}

/// The column that a person named. Throws with those that there are.
inline std::size_t named_column(const CsvRow& header, const std::string& wanted, const std::string& name) {
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (plain_name(header.fields[i]) == plain_name(wanted)) return i;
  throw Error(ErrorKind::Data,
              name + ":" + std::to_string(header.line) + ": the table has no column " + quote(wanted) + ".",
              "Its first row names " + column_names(header) + ".");
}

}  // namespace tuneit::io
