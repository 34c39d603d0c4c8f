#pragma once
// Which rows does a CSV file hold? A strict reader of RFC 4180.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

inline constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20U;
inline constexpr std::size_t kMaxTableFieldBytes = std::size_t{1} << 20U, kMaxTableFields = 20'000'000;

/// One row: its fields, unquoted, and the line of the file (from 1) on which it begins.
struct CsvRow {
  std::size_t line = 0;
  std::vector<std::string> fields;
};

/// What separates the fields of a table, by its first line that is not empty: a comma if there is one outside of
/// quotes, else a tab, else a semicolon, as spreadsheets write where commas stand in numbers.
[[nodiscard]] inline char separator_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  bool quoted = false, tab = false, semicolon = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',') return ',';
    if (c == '\n') break;
    tab |= c == '\t';
    semicolon |= c == ';';
  }
  return tab ? '\t' : semicolon ? ';' : ',';
}

/// Parses RFC 4180: fields separated by commas (or by `separator`), rows by LF or CRLF, quoted fields may hold commas,
/// line breaks and doubled quotes. A UTF-8 byte order mark and empty lines are passed over. Every row must have as many
/// fields as the first. Throws ErrorKind::Data with `name:line` for text that is not UTF-8 (with the byte of the line),
/// an unclosed quote, text after a closing quote, a quote inside an unquoted field, a NUL byte, a row of another
/// length, a field of more than 1 MiB, or more than 20 million fields in all.
inline std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name, char separator = ',') {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  std::vector<CsvRow> rows;
  std::size_t line = 1;
  std::size_t at = 0, fields = 0;
  const auto fail = [&](std::size_t where, const std::string& why, const std::string& mend) {
    throw Error(ErrorKind::Data, name + ":" + std::to_string(where) + ": " + why, mend);
  };
  if (const std::size_t good = utf8_prefix(text); good < text.size()) {
    const std::string_view before = text.substr(0, good);
    const std::size_t begin = before.find_last_of('\n') + 1;  // npos + 1: no line before it
    fail(1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
         "byte " + std::to_string(good - begin + 1) + " of the line is not UTF-8.", "Save the table as UTF-8 text.");
  }
  const auto row_ends = [&] { return at >= text.size() || text[at] == '\n' || text.substr(at, 2) == "\r\n"; };
  const auto quoted_field = [&] {
    std::string field;
    const std::size_t opened = line;
    for (++at;; ++at) {
      if (at >= text.size()) fail(opened, "a quote is opened and never closed.", "Close it, or double it to mean \".");
      if (text[at] == '"') {
        if (text.substr(at, 2) != "\"\"") break;
        ++at;
      }
      if (text[at] == '\0') fail(line, "a NUL byte.", "Save the table as UTF-8 text.");
      if (text[at] == '\n') ++line;
      if (field.size() == kMaxTableFieldBytes)
        fail(opened, "a field of more than 1 MiB begins.", "Is a quote never closed?");
      field += text[at];
    }
    ++at;
    if (!row_ends() && text[at] != separator) fail(line, "text follows a closing quote.", "Double a quote to mean \".");
    return field;
  };
  const auto plain_field = [&] {
    std::string field;
    for (; !row_ends() && text[at] != separator; ++at) {
      if (text[at] == '"')
        fail(line, "a quote inside a field that does not begin with one.", "Quote the whole field, double the quote.");
      if (text[at] == '\0') fail(line, "a NUL byte.", "Save the table as UTF-8 text (not UTF-16).");
      if (field.size() == kMaxTableFieldBytes) fail(line, "a field of more than 1 MiB.", "Is this a table?");
      field += text[at];
    }
    return field;
  };

  while (at < text.size()) {
    CsvRow row{line, {}};
    if (!row_ends()) {
      for (;; ++at) {
        row.fields.push_back(at < text.size() && text[at] == '"' ? quoted_field() : plain_field());
        if (++fields > kMaxTableFields)
          fail(line, "the table has more than 20 million fields.", "Split it, or give a folder of pictures.");
        if (row_ends()) break;  // else a separator
      }
      if (!rows.empty() && row.fields.size() != rows.front().fields.size())
        fail(row.line,
             "the row has " + std::to_string(row.fields.size()) + " fields, the first has " +
                 std::to_string(rows.front().fields.size()) + ".",
             "Quote fields that hold a comma; give every row the same columns.");
      rows.push_back(std::move(row));
    }
    at += text.substr(at, 2) == "\r\n" ? 2U : 1U;
    ++line;
  }
  return rows;
}

/// parse_csv of a file; its first line says what separates the fields. Throws also ErrorKind::Io or ErrorKind::Data
/// (see InputFile) where it cannot be read.
inline std::vector<CsvRow> read_csv(const std::filesystem::path& path) {
  const InputFile file(path, ErrorKind::Data);
  const std::string quoted = file.name(), name = quoted.substr(1, quoted.size() - 2);
  if (file.size() > kMaxTableBytes)
    throw Error(ErrorKind::Data, name + " has " + std::to_string(file.size()) + " bytes, more than 256 MiB.",
                "Is this a table? Split it, or give a folder of pictures.");
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return parse_csv(text, name, separator_of(text));
}

}  // namespace tuneit::io
