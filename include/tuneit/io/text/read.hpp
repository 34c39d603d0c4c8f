#pragma once
// Which texts does a file hold, whatever kind of file it is?
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/text/conll.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/json_lines.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/plain.hpp"
#include "tuneit/io/text/squad.hpp"
#include "tuneit/io/text/table.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

enum class TextFormat { Csv, Tsv, JsonLines, Squad, Conll, Plain };

/// The format that a file's ending says.
[[nodiscard]] inline std::optional<TextFormat> text_format_of(const std::filesystem::path& path) {
  constexpr std::array<std::pair<std::string_view, TextFormat>, 12> known{{{".csv", TextFormat::Csv},
                                                                           {".tsv", TextFormat::Tsv},
                                                                           {".jsonl", TextFormat::JsonLines},
                                                                           {".ndjson", TextFormat::JsonLines},
                                                                           {".json", TextFormat::Squad},
                                                                           {".conll", TextFormat::Conll},
                                                                           {".conllu", TextFormat::Conll},
                                                                           {".bio", TextFormat::Conll},
                                                                           {".iob", TextFormat::Conll},
                                                                           {".iob2", TextFormat::Conll},
                                                                           {".txt", TextFormat::Plain},
                                                                           {".text", TextFormat::Plain}}};
  const std::string ending = ascii_lower(path.extension().string());
  for (const auto& [text, format] : known)
    if (ending == text) return format;
  return std::nullopt;
}

/// The examples in the bytes of a file that is called `name` in messages.
inline void parse_texts(std::string_view bytes, const std::string& name, TextFormat format, const TextOptions& options,
                        Texts& into) {
  switch (format) {
    case TextFormat::Csv:
      return parse_text_table(bytes, name, options, into);
    case TextFormat::Tsv:
      return parse_text_table(bytes, name, options, into, '\t');
    case TextFormat::JsonLines:
      return parse_json_lines(bytes, name, options, into);
    case TextFormat::Squad:
      return parse_squad(bytes, name, options, into);
    case TextFormat::Conll:
      return parse_conll(bytes, name, options, into);
    case TextFormat::Plain:
      return parse_plain_text(bytes, name, options, into);
  }
}

/// Adds the examples of a file; its ending says the format where none is named. Throws ErrorKind::Data or
/// ErrorKind::Io.
inline void read_text_file(const std::filesystem::path& path, const TextOptions& options, Texts& into,
                           std::optional<TextFormat> format = std::nullopt) {
  if (!format) format = text_format_of(path);
  if (!format)
    throw Error(
        ErrorKind::Data, "Cannot take texts from " + quote_path(path) + ": its ending says no format.",
        "Endings that are known: .csv .tsv .jsonl .ndjson .json (SQuAD) .conll .conllu .bio .iob .iob2 .txt .text.");
  const InputFile file(path, ErrorKind::Data);
  const std::string name = detail::shown_path(path);
  parse_texts(detail::read_whole(file, name), name, *format, options, into);
}

}  // namespace tuneit::io
