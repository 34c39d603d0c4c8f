#pragma once
// Which rows does a CSV file hold? A strict reader of RFC 4180.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::io {

inline constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20U;
inline constexpr std::size_t kMaxTableFieldBytes = std::size_t{1} << 20U, kMaxTableFields = 20'000'000,
                             kMaxTableColumns = 100'000;

/// One row: its fields, unquoted, and the line of the file (from 1) on which it begins.
struct CsvRow {
  std::size_t line = 0;
  std::vector<std::string> fields;
};

/// What separates the fields of a table, by its first line that is not empty: a comma if there is one outside of
/// quotes, else a tab, else a semicolon, as spreadsheets write where commas stand in numbers.
[[nodiscard]] inline char separator_of(std::string_view text) {
  text = without_byte_order_mark(text);
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  bool quoted = false, tab = false, semicolon = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',') return ',';
    if (c == '\n' || c == '\r') break;
    tab |= c == '\t';
    semicolon |= c == ';';
  }
  return tab ? '\t' : semicolon ? ';' : ',';
}

/// How a table is written.
struct CsvFormat {
  char separator = ',';
  bool quotes = true;          ///< RFC 4180; else a quote is a character like others (the TSV files of GLUE)
  bool nul_in_quotes = false;  ///< a NUL byte may stand in a quoted field
  std::size_t most_field_bytes = kMaxTableFieldBytes;
};

namespace detail {

/// Walks through the rows of a table whose text is UTF-8.
class CsvWalk {
 public:
  CsvWalk(std::string_view text, std::string name, const CsvFormat& format)
      : text_(without_byte_order_mark(text)), name_(std::move(name)), format_(format) {}

  /// The next row that is not empty, if there is one.
  bool next(CsvRow& row) {
    for (; at_ < text_.size(); end_row()) {
      row.line = line_;
      row.fields.clear();
      if (row_ends()) continue;
      for (;; ++at_) {
        row.fields.push_back(format_.quotes && at_ < text_.size() && text_[at_] == '"' ? quoted_field()
                                                                                       : plain_field());
        if (row.fields.size() > kMaxTableColumns)
          fail(row.line, "the row has more than 100,000 columns.", "Is this a table?");
        if (row_ends()) break;  // else a separator
      }
      if (columns_ == 0) columns_ = row.fields.size();
      if (row.fields.size() != columns_)
        fail(row.line,
             "the row has " + std::to_string(row.fields.size()) + " fields, the first has " + std::to_string(columns_) +
                 ".",
             format_.quotes ? "Quote fields that hold a comma; give every row the same columns."
                            : "Give every row the same columns; without quotes no field can hold a separator or a "
                              "line break.");
      end_row();
      return true;
    }
    return false;
  }

 private:
  [[noreturn]] void fail(std::size_t where, const std::string& why, const std::string& mend) const {
    throw Error(ErrorKind::Data, name_ + ":" + std::to_string(where) + ": " + why, mend);
  }
  [[nodiscard]] bool row_ends() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void end_row() {
    at_ += text_.substr(at_, 2) == "\r\n" ? 2U : 1U;
    ++line_;
  }

  std::string quoted_field() {
    std::string field;
    const std::size_t opened = line_;
    for (++at_;; ++at_) {
      if (at_ >= text_.size())
        fail(opened, "a quote is opened and never closed.",
             std::string("Close it, or double it to mean \".") + switch_off());
      const char c = text_[at_];
      if (c == '"') {
        if (text_.substr(at_, 2) != "\"\"") break;
        ++at_;
      }
      if (c == '\0' && !format_.nul_in_quotes) fail(line_, "a NUL byte.", "Save the table as UTF-8 text.");
      if (c == '\n' || (c == '\r' && text_.substr(at_ + 1, 1) != "\n")) ++line_;
      if (field.size() == format_.most_field_bytes)
        fail(opened, "a field of more than " + byte_count(format_.most_field_bytes) + " begins.",
             std::string("Is a quote never closed?") + switch_off());
      field += c;
    }
    ++at_;
    if (!row_ends() && text_[at_] != format_.separator)
      fail(line_, "text follows a closing quote.", std::string("Double a quote to mean \".") + switch_off());
    return field;
  }

  std::string plain_field() {
    const std::size_t begin = at_;
    for (; !row_ends() && text_[at_] != format_.separator; ++at_) {
      if (text_[at_] == '"' && format_.quotes)
        fail(line_, "a quote inside a field that does not begin with one.",
             std::string("Quote the whole field, double the quote.") + switch_off());
      if (text_[at_] == '\0') fail(line_, "a NUL byte.", "Save the table as UTF-8 text (not UTF-16).");
      if (at_ - begin == format_.most_field_bytes)
        fail(line_, "a field of more than " + byte_count(format_.most_field_bytes) + ".", "Is this a table?");
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// What else a table of tabs may be meant as.
  [[nodiscard]] const char* switch_off() const {
    return format_.separator == '\t' ? " If quotes are text in this table, read it without quoting." : "";
  }

  std::string_view text_;
  std::string name_;
  CsvFormat format_;
  std::size_t at_ = 0, line_ = 1, columns_ = 0;
};

}  // namespace detail

/// Parses RFC 4180: fields separated by commas (or by `separator`), rows by LF, CRLF or a CR alone, quoted fields may
/// hold commas, line breaks and doubled quotes. A UTF-8 byte order mark and empty lines are passed over. Every row must
/// have as many fields as the first. Throws ErrorKind::Data with `name:line` for text that is not UTF-8 (with the byte
/// of the line), an unclosed quote, text after a closing quote, a quote inside an unquoted field, a NUL byte, a row of
/// another length or of more than 100,000 fields, a field of more than 1 MiB, or more than 20 million fields in all.
inline std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name, char separator = ',') {
  text = without_byte_order_mark(text);
  check_utf8(text, name, "Save the table as UTF-8 text.");
  std::vector<CsvRow> rows;
  std::size_t fields = 0;
  detail::CsvWalk walk(text, name, {separator});
  for (CsvRow row; walk.next(row); rows.push_back(std::move(row)))
    if ((fields += row.fields.size()) > kMaxTableFields)
      throw Error(ErrorKind::Data,
                  name + ":" + std::to_string(row.line) + ": the table has more than 20 million fields.",
                  "Split it, or give a folder of pictures.");
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
