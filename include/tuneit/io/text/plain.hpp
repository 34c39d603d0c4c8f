#pragma once
// Which documents does a file of plain text hold?
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/text_file.hpp"

namespace tuneit::io {

/// Documents between empty lines (or lines of white space), each without the line ends around it and with those inside;
/// or the whole file as one. No labels. Throws ErrorKind::Data for a document that is longer than
/// options.most_text_bytes, and for what checked_text refuses.
inline void parse_plain_text(std::string_view bytes, const std::string& name, const TextOptions& options, Texts& into) {
  std::string text = detail::checked_text(std::string(bytes), name, options, into);
  const std::size_t file = detail::enter_file(into, name);
  const auto keep = [&](std::string document, std::size_t line) {
    if (document.size() > options.most_text_bytes)
      detail::refuse_line(name, line, "a text of more than " + detail::byte_count(options.most_text_bytes) + " begins.",
                          "Does an empty line end each document? Else allow longer texts.");
    TextExample example{std::move(document)};
    example.file = file;
    example.line = line;
    if (detail::is_blank(example.text)) ++into.blank;
    detail::keep_example(std::move(example), options, into);
  };
  if (options.documents == Documents::File) {
    keep(std::move(text), 1);
    return;
  }
  detail::Lines lines(text);
  std::size_t begin = 0, end = 0, first = 0;
  for (std::string_view line; lines.next(line);) {
    if (!detail::is_blank(line)) {
      if (first == 0) {
        first = lines.number();
        begin = lines.begin();
      }
      end = lines.begin() + line.size();
    } else if (first > 0) {
      keep(text.substr(begin, end - begin), first);
      first = 0;
    }
  }
  if (first > 0) keep(text.substr(begin, end - begin), first);
}

}  // namespace tuneit::io
