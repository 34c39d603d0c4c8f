#pragma once
// Which sentences and tags does a file of columns hold, a word a line (CoNLL)?
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/tag_scheme.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

namespace detail {

/// The fields of a line: between tabs where the file has them, else between runs of blanks.
inline std::vector<std::string_view> columns_of(std::string_view line, bool tabs, std::size_t most) {
  std::vector<std::string_view> out;
  while (out.size() <= most) {
    if (!tabs) {
      const std::size_t word = line.find_first_not_of(" \t");
      if (word == std::string_view::npos) break;
      line.remove_prefix(word);
    }
    const std::size_t end = std::min(line.find_first_of(tabs ? "\t" : " \t"), line.size());
    out.push_back(line.substr(0, end));
    if (end == line.size()) break;
    line.remove_prefix(end + (tabs ? 1 : 0));
  }
  return out;
}

/// What the first line of words says about all of them.
struct ConllShape {
  bool tabs = false, conllu = false;
  std::size_t columns = 0, word = 0, tag = 0;  // positions from 0
};

class ConllReader {
 public:
  ConllReader(std::string_view text, const std::string& name, const TextOptions& options, Texts& into)
      : text_(text), name_(name), options_(options), into_(into), file_(enter_file(into, name)) {}

  void read_all() {
    shape_ = find_shape();
    if (shape_.columns == 0) return;
    Lines lines(text_);
    for (std::string_view line; lines.next(line);) {
      if (is_blank(line)) {
        end_sentence();
      } else if (line.starts_with("-DOCSTART-")) {
        end_sentence();
        group_ = "document " + std::to_string(++documents_);
      } else {
        add_line(line, lines.number());
      }
    }
    end_sentence();
    convert();
  }

 private:
  static constexpr std::size_t most_columns = 1000;

  ConllShape find_shape() const {
    ConllShape shape;
    Lines lines(text_);
    for (std::string_view line; lines.next(line);) {
      if (is_blank(line) || line.starts_with("-DOCSTART-") || line.starts_with('#')) continue;
      shape.tabs = line.find('\t') != std::string_view::npos;
      const auto fields = columns_of(line, shape.tabs, most_columns);
      if (fields.size() > most_columns) refuse_line(name_, lines.number(), "the line has more than 1,000 columns.");
      shape.columns = fields.size();
      shape.conllu =
          shape.tabs && shape.columns == 10 && fields[0].find_first_not_of("0123456789-.") == std::string_view::npos;
      const auto position = [&](std::size_t wanted, std::size_t usual, const char* what) {
        if (wanted > shape.columns)
          refuse_line(name_, lines.number(),
                      "the line has " + std::to_string(shape.columns) + " columns, and the " + what +
                          " is to be in column " + std::to_string(wanted) + ".");
        return wanted == 0 ? usual : wanted - 1;
      };
      shape.word = position(options_.word_column, shape.conllu ? 1 : 0, "word");
      shape.tag = position(options_.tag_column, shape.conllu ? 3 : shape.columns - 1, "tag");
      if (options_.labels && shape.columns == 1)
        refuse_line(name_, lines.number(), "the line has one column only.",
                    "It needs the word first and its tag last, with a blank or a tab between them.");
      break;
    }
    return shape;
  }

  void add_line(std::string_view line, std::size_t number) {
    const auto fields = columns_of(line, shape_.tabs, most_columns);
    // A # may be a word; before a sentence, on a line of another number of columns, it is a comment.
    if (line.starts_with('#') && (options_.comments || (words_.empty() && fields.size() != shape_.columns))) return;
    if (fields.size() != shape_.columns)
      refuse_line(name_, number,
                  "the line has " + std::to_string(fields.size()) + " columns, the first has " +
                      std::to_string(shape_.columns) + ".",
                  "Give every word the same columns, and end each sentence with an empty line.");
    if (shape_.conllu && fields[0].find_first_of("-.") != std::string_view::npos) return;  // of several words, of none
    const std::string_view word = fields[shape_.word];
    if (word.empty()) refuse_line(name_, number, "the word is empty.");
    if (options_.labels && fields[shape_.tag].empty()) refuse_line(name_, number, "the tag is empty.");
    if (words_.empty()) begin_ = number;
    bytes_ += word.size() + 1;
    if (bytes_ > options_.most_text_bytes)
      refuse_line(name_, begin_, "a sentence of more than " + byte_count(options_.most_text_bytes) + " begins.",
                  "Does an empty line end each sentence?");
    words_.emplace_back(word);
    if (options_.labels) tags_.emplace_back(fields[shape_.tag]);
    lines_.push_back(number);
  }

  void end_sentence() {
    if (words_.empty()) return;
    TextExample example;
    for (const std::string& word : words_) example.text += (example.text.empty() ? "" : " ") + word;
    example.words = std::move(words_);
    if (options_.labels) example.label = Tags{std::move(tags_)};
    example.group = group_;
    example.file = file_;
    example.line = begin_;
    keep_example(std::move(example), options_, into_);
    word_lines_.push_back(std::move(lines_));
    words_.clear();
    tags_.clear();
    lines_.clear();
    bytes_ = 0;
  }

  /// Tags to IOB2, once all of the file have been seen.
  void convert() {
    if (!options_.labels) return;
    const std::size_t first = into_.examples.size() - word_lines_.size();
    const auto tags_of = [&](std::size_t i) -> std::vector<std::string>& {
      return std::get<Tags>(into_.examples[first + i].label).tags;
    };
    if (options_.scheme == TagScheme::Plain || (!options_.scheme && !any_marks())) return;
    for (std::size_t i = 0; i < word_lines_.size(); ++i) {
      std::vector<std::string>& tags = tags_of(i);
      const std::string_view letters = scheme_letters();
      for (std::size_t k = 0; k < tags.size(); ++k)
        if (!marks_span_or_none(tags[k]) || letters.find(tags[k][0]) == std::string_view::npos)
          refuse_line(
              name_, word_lines_[i][k],
              "the tag " + quote(tags[k]) + " is none of the scheme " +
                  (options_.scheme ? std::string(scheme_name(*options_.scheme)) : "that others follow (B-, I-, O)") +
                  ".",
              "Correct it, or read the tags as they are (the scheme plain).");
      if (options_.scheme) {
        const std::vector<TagSpan> spans = strict_spans(tags, *options_.scheme);
        if (const auto stray = first_outside(tags, spans))
          refuse_line(
              name_, word_lines_[i][*stray],
              "the tag " + quote(tags[*stray]) + " is of no span that keeps to " + scheme_name(*options_.scheme) + ".",
              "Correct it, or leave the scheme open: then tags are read as conlleval reads them.");
        tags = iob2_tags(spans, tags.size());
      } else {
        tags = iob2_tags(lenient_spans(tags), tags.size());
      }
    }
  }
  [[nodiscard]] std::string_view scheme_letters() const {
    return options_.scheme ? scheme_rules(*options_.scheme).letters : "BIOESLU";
  }
  /// Do tags mark spans? One with a letter and a type does; or all are letters.
  [[nodiscard]] bool any_marks() const {
    bool all = true, some = false;
    for (std::size_t i = into_.examples.size() - word_lines_.size(); i < into_.examples.size(); ++i)
      for (const std::string& tag : std::get<Tags>(into_.examples[i].label).tags) {
        if (tag.size() > 2 && marks_span_or_none(tag)) return true;
        all = all && marks_span_or_none(tag);
        some = some || tag == "B" || tag == "I";
      }
    return all && some;
  }

  std::string_view text_;
  std::string name_;
  TextOptions options_;
  Texts& into_;
  std::size_t file_;
  ConllShape shape_{};
  std::vector<std::string> words_{}, tags_{};
  std::vector<std::size_t> lines_{};
  std::vector<std::vector<std::size_t>> word_lines_{};
  std::string group_{};
  std::size_t begin_ = 1, bytes_ = 0, documents_ = 0;
};

}  // namespace detail

/// One word a line, in columns between blanks or tabs, a sentence up to an empty line; `-DOCSTART-` begins a document
/// (the examples' group). Lines of CoNLL-U that begin with # are comments, and words of several tokens (1-2) or of none
/// (1.1) are left out. Tags are converted to IOB2: by the scheme that is named, whose rules must be kept, or, with
/// none, as conlleval reads them. Throws ErrorKind::Data with file and line for a line of another number of columns, an
/// empty word or tag, a tag that the scheme does not have, and what checked_text refuses.
inline void parse_conll(std::string_view bytes, const std::string& name, const TextOptions& options, Texts& into) {
  const std::string text = detail::checked_text(std::string(bytes), name, options, into);
  detail::ConllReader(text, name, options, into).read_all();
}

}  // namespace tuneit::io
