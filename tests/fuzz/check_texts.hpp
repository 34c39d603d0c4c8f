#pragma once
// What every reader of texts promises of what it accepts.
#include <optional>
#include <string>
#include <vector>

#include "target.hpp"
#include "tuneit/io/text/read.hpp"

namespace tuneit::fuzz {

/// Reads with these options, refusing and replacing what is not UTF-8.
inline void check_texts(std::string_view bytes, io::TextFormat format, io::TextOptions options) {
  for (const bool replace : {false, true}) {
    options.replace_invalid = replace;
    accept_or_refuse(ErrorKind::Data, [&] {
      io::Texts texts;
      io::parse_texts(bytes, "t.txt", format, options, texts);
      promise(texts.files.size() == 1, "one file is named");
      promise(replace || texts.replaced == 0, "nothing is replaced unasked");
      std::size_t line = 1;
      for (const io::TextExample& e : texts.examples) {
        promise(e.line >= line, "lines count up");
        line = e.line;
        promise(io::is_utf8(e.text) && io::is_utf8(e.second_text()), "texts are UTF-8");
        promise(e.text.size() <= options.most_text_bytes, "texts keep their limit");
        if (const auto* tags = std::get_if<io::Tags>(&e.label)) {
          promise(tags->tags.size() == e.words.size(), "a tag a word");
          for (const std::string& word : e.words) promise(!word.empty(), "words are not empty");
        }
        if (const auto* answers = std::get_if<io::Answers>(&e.label))
          for (const io::TextAnswer& a : answers->accepted)
            promise(!a.begin || e.second_text().substr(*a.begin, a.text.size()) == a.text,
                    "answers are where they are said to be");
      }
    });
  }
}

}  // namespace tuneit::fuzz
