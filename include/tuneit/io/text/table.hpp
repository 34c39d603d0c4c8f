#pragma once
// Which texts, pairs and labels does a table hold?
#include <charconv>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/io/csv.hpp"
#include "tuneit/io/csv_columns.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

namespace detail {

/// The usual names of columns, without blanks, "_", "-" and "." and in lower case; those of JSON lines, too.
inline constexpr std::string_view text_names[]{"text", "sentence", "review", "content", "comment", "tweet", "document"},
    first_names[]{"texta", "text1", "sentence1", "sentencea", "premise", "question1", "first"},
    second_names[]{"textb", "text2", "sentence2", "sentenceb", "hypothesis", "question2", "second"},
    label_names[]{"label", "class", "target", "category"},
    other_label_names[]{"labels", "classes", "labelname", "sentiment"}, split_names[]{"split"},
    group_names[]{"group", "documentid", "docid"}, id_names[]{"id", "idx", "guid"};

struct TextColumns {
  std::size_t text = 0;
  std::optional<std::size_t> second{}, label{}, split{}, group{}, id{};
  std::vector<std::size_t> targets{};
};

/// A column by the name that a person gave, else by the usual ones; of several usual ones none can be chosen.
inline std::optional<std::size_t> text_column(const CsvRow& header, const std::string& wanted, const std::string& name,
                                              std::span<const std::string_view> usual, const char* what) {
  if (!wanted.empty()) return named_column(header, wanted, name);
  const auto called = find_columns_called(header, usual);
  if (called.size() > 1)
    refuse_line(name, header.line,
                std::string("several columns may be the ") + what + ", " + quote(header.fields[called[0]]) + " and " +
                    quote(header.fields[called[1]]) + ".",
                "Name the one that is meant.");
  return called.empty() ? std::nullopt : std::optional(called.front());
}

inline TextColumns find_text_columns(const CsvRow& header, const std::string& name, const TextOptions& options) {
  TextColumns out;
  std::optional<std::size_t> text;
  out.second = text_column(header, options.second, name, second_names, "second text");
  if (options.text.empty() && out.second) text = text_column(header, "", name, first_names, "first text");
  if (!text) {
    if (options.text.empty() && options.second.empty()) out.second.reset();
    text = text_column(header, options.text, name, text_names, "text");
  }
  if (!text)
    refuse_line(name, header.line, "no column is called text.",
                "The first row names " + column_names(header) +
                    ". Call one of them text (or two of them text_a and text_b), or name it.");
  out.text = *text;
  out.split = text_column(header, options.split, name, split_names, "split");
  out.group = text_column(header, options.group, name, group_names, "group");
  out.id = text_column(header, options.id, name, id_names, "id");
  if (!options.labels) return out;
  for (const std::string& target : options.targets) out.targets.push_back(named_column(header, target, name));
  if (!out.targets.empty()) return out;
  out.label = text_column(header, options.label, name, label_names, "label");
  if (!out.label) out.label = text_column(header, "", name, other_label_names, "label");
  if (!out.label)
    refuse_line(name, header.line, "no column is called label.",
                "The first row names " + column_names(header) +
                    ". Call one of them label, name it, or read the table without labels.");
  return out;
}

/// A number in a field or a value of JSON.
inline double text_number(std::string_view text, const std::string& name, std::size_t line, const std::string& column) {
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    refuse_line(name, line, quote(text) + " in the column " + quote(column) + " is no number.",
                "Targets are finite numbers such as 0, 1 or -2.5.");
  return value;
}

/// "text 'review', label 'label'"
inline std::string columns_told(const CsvRow& header, const TextColumns& columns) {
  std::string told = "text " + quote(header.fields[columns.text]);
  const auto tell = [&](const char* what, std::optional<std::size_t> at) {
    if (at) told += std::string(", ") + what + " " + quote(header.fields[*at]);
  };
  tell("second text", columns.second);
  tell("label", columns.label);
  for (const std::size_t target : columns.targets) tell("to predict", target);
  tell("split", columns.split);
  tell("group", columns.group);
  return told;
}

inline void count_blank(const TextExample& example, Texts& into) {
  if (is_blank(example.text) || (example.second && is_blank(*example.second))) ++into.blank;
}

}  // namespace detail

/// A table (RFC 4180, or without quotes) whose first row names its columns; without a `separator`, its first line says
/// what separates them. Labels are taken without blanks at their ends. Throws ErrorKind::Data with file and line: see
/// CsvWalk, checked_text; for a column that is not there or not clear, an empty label, a target that is no number.
inline void parse_text_table(std::string_view bytes, const std::string& name, const TextOptions& options, Texts& into,
                             std::optional<char> separator = std::nullopt) {
  const std::string text = detail::checked_text(std::string(bytes), name, options, into);
  const std::size_t file = detail::enter_file(into, name);
  const CsvFormat format{separator.value_or(separator_of(text)), options.quotes, true, options.most_text_bytes};
  detail::CsvWalk walk(text, name, format);
  CsvRow header, row;
  if (options.columns.empty()) {
    if (!walk.next(header)) throw Error(ErrorKind::Data, "The table " + name + " is empty.");
  } else {
    header = {1, options.columns};
  }
  const detail::TextColumns columns = detail::find_text_columns(header, name, options);
  into.columns = detail::columns_told(header, columns);
  while (walk.next(row)) {
    if (row.fields.size() != header.fields.size())
      detail::refuse_line(name, row.line,
                          "the row has " + std::to_string(row.fields.size()) + " fields, and " +
                              std::to_string(header.fields.size()) + " columns were named.");
    TextExample example;
    example.file = file;
    example.line = row.line;
    if (columns.label) {
      const std::string_view label = trimmed(row.fields[*columns.label]);
      if (label.empty()) detail::refuse_line(name, row.line, "the label is empty.");
      example.label = std::string(label);
    }
    if (!columns.targets.empty()) {
      std::vector<double> numbers;
      for (const std::size_t c : columns.targets)
        numbers.push_back(detail::text_number(row.fields[c], name, row.line, header.fields[c]));
      example.label = std::move(numbers);
    }
    if (columns.split) example.part = trimmed(row.fields[*columns.split]);
    if (columns.group) example.group = row.fields[*columns.group];
    if (columns.id) example.id = row.fields[*columns.id];
    if (columns.second) example.second = std::make_shared<const std::string>(row.fields[*columns.second]);
    example.text = std::move(row.fields[columns.text]);
    detail::count_blank(example, into);
    detail::keep_example(std::move(example), options, into);
  }
}

}  // namespace tuneit::io
