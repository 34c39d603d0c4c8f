#pragma once
// Which questions, passages and answers does a file hold (SQuAD 1.1 and 2.0)?
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/json_events.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

/// Bytes at which code points begin; asked for in constant time, kept for each 64th.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (begins(i) && count_++ % step == 0) bytes_.push_back(i);
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  /// The byte of code point `index`; of size() the text's end. None beyond.
  [[nodiscard]] std::optional<std::size_t> byte_of(std::size_t index) const {
    if (index == count_) return text_.size();
    if (index > count_) return std::nullopt;
    std::size_t at = bytes_[index / step];
    for (std::size_t more = index % step; more > 0; --more) do
        ++at;
      while (at < text_.size() && !begins(at));
    return at;
  }

 private:
  static constexpr std::size_t step = 64;
  [[nodiscard]] bool begins(std::size_t i) const { return (static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U; }
  std::string_view text_;
  std::vector<std::size_t> bytes_{};
  std::size_t count_ = 0;
};

namespace detail {

/// Where an answer is in its passage: at the code point that the file says, else at the nearest up to 5 before or
/// behind it, the one before first.
inline std::optional<std::size_t> find_answer(std::string_view passage, const CodePoints& points,
                                              std::string_view answer, std::int64_t start) {
  for (const std::int64_t off : {0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5}) {
    if (start + off < 0) continue;
    const auto byte = points.byte_of(static_cast<std::size_t>(start + off));
    if (byte && passage.substr(*byte, answer.size()) == answer) return byte;
  }
  return std::nullopt;
}

/// A question as it is read.
struct Question {
  std::optional<std::string> text{}, id{};
  std::optional<bool> impossible{};
  bool has_answers = false;
  std::vector<std::string> answers{};
  std::vector<std::int64_t> starts{};
  std::size_t line = 0;
};

/// What both ways of writing questions share.
class QuestionReader : public JsonEvents {
 public:
  QuestionReader(const std::string& name, const TextOptions& options, Texts& into)
      : JsonEvents(name, options.most_text_bytes),
        own_name_(name),
        options_(options),
        into_(into),
        file_(enter_file(into, name)) {}

 protected:
  ~QuestionReader() = default;

  std::string taken_text(std::string_view path, JsonScalar& value) {
    if (value.kind != JsonScalar::Kind::Text) refuse_value(path, "text");
    return std::move(value.text);
  }
  std::int64_t start_of(std::string_view path, const JsonScalar& value) {
    std::int64_t start = -1;
    if (value.kind == JsonScalar::Kind::Whole)
      std::from_chars(value.text.data(), value.text.data() + value.text.size(), start);
    if (start < 0) refuse_value(path, "a whole number of 0 or more");
    return start;
  }
  /// A field of a question by its key.
  void field(std::string_view path, std::string_view key, JsonScalar& value, Question& to) {
    if (key == "question") to.text = taken_text(path, value);
    if (key == "id") to.id = value.kind == JsonScalar::Kind::Whole ? std::move(value.text) : taken_text(path, value);
    if (key == "is_impossible") {
      if (value.kind != JsonScalar::Kind::Bool) refuse_value(path, "true or false");
      to.impossible = value.text == "true";
    }
    if (key == "answers" && value.kind != JsonScalar::Kind::Null) refuse_value(path, "a list of answers");
  }

  /// The question is whole: checked, its answers looked for, kept.
  void keep(Question&& q, const std::shared_ptr<const std::string>& passage, const CodePoints& points) {
    if (!q.text) refuse_line(own_name_, q.line, "a question has no 'question'.");
    if (q.id)
      if (const auto [known, fresh] = ids_.emplace(*q.id, q.line); !fresh)
        refuse_line(own_name_, q.line,
                    "the id " + quote(*q.id) + " was given before, in line " + std::to_string(known->second) + ".",
                    "Each question needs an id of its own.");
    const std::string which = q.id ? "the question " + quote(*q.id) : "the question " + quote(*q.text);
    if (q.answers.size() != q.starts.size())
      refuse_line(own_name_, q.line, which + " has answers without 'text' or without 'answer_start'.");
    TextExample example;
    if (options_.labels && (q.has_answers || q.impossible)) {
      Answers answers;
      if (q.impossible.value_or(false) && !q.answers.empty())
        refuse_line(own_name_, q.line, which + " is said to be impossible, and has answers.");
      if (q.impossible && !*q.impossible && q.answers.empty())
        refuse_line(own_name_, q.line, which + " is not said to be impossible, and has no answers.",
                    "Say is_impossible, or leave it and the answers out where they are to be predicted.");
      for (std::size_t i = 0; i < q.answers.size(); ++i) {
        TextAnswer answer{std::move(q.answers[i])};
        if (answer.text.empty()) refuse_line(own_name_, q.line, which + " has an empty answer.");
        answer.begin = find_answer(*passage, points, answer.text, q.starts[i]);
        if (!answer.begin)
          ++into_.lost_answers;
        else if (answer.begin != points.byte_of(static_cast<std::size_t>(q.starts[i])))
          ++into_.moved_answers;
        answers.accepted.push_back(std::move(answer));
      }
      example.label = std::move(answers);
    }
    example.text = std::move(*q.text);
    example.second = passage;
    example.id = q.id.value_or("");
    example.file = file_;
    example.line = q.line;
    if (is_blank(example.text) || is_blank(*passage)) ++into_.blank;
    keep_example(std::move(example), options_, into_);
  }

  std::string own_name_;
  TextOptions options_;
  Texts& into_;
  std::size_t file_;

 private:
  std::map<std::string, std::size_t> ids_{};
};

/// The whole file is one object: data / paragraphs / qas / answers.
class SquadReader final : public QuestionReader {
 public:
  using QuestionReader::QuestionReader;

  void read_all(std::string_view text) {
    go_through(text);
    if (!data_) refuse_line(own_name_, 1, "the file has no list 'data'.", "Is this SQuAD?");
  }

 private:
  void scalar(std::string_view path, JsonScalar& value) override {
    constexpr std::string_view qa = "/data/*/paragraphs/*/qas/*/", context = "/data/*/paragraphs/*/context";
    if (path == "/data/*/title") title_ = taken_text(path, value);
    if (path == context) passage_ = std::make_shared<const std::string>(taken_text(path, value));
    if (!path.starts_with(qa)) return;
    const std::string_view key = path.substr(qa.size());
    if (key == "answers/*/text")
      questions_.back().answers.push_back(taken_text(path, value));
    else if (key == "answers/*/answer_start")
      questions_.back().starts.push_back(start_of(path, value));
    else
      field(path, key, value, questions_.back());
  }
  void opened(std::string_view path, bool array) override {
    if (path == "/data/*") first_ = into_.examples.size();
    if (path == "/data") data_ = array;
    if (path == "/data/*/paragraphs/*/qas/*") questions_.emplace_back().line = line();
    if (path == "/data/*/paragraphs/*/qas/*/answers") {
      if (!array) refuse_value(path, "a list of answers");
      questions_.back().has_answers = true;
    }
    if (path == "/data/*/paragraphs/*/qas/*/question" || path == "/data/*/paragraphs/*/context")
      refuse_value(path, "text");
  }
  void closed(std::string_view path, bool) override {
    if (path == "/data/*/paragraphs/*/qas/*/answers/*" &&
        questions_.back().answers.size() != questions_.back().starts.size())
      refuse_here("an answer needs a 'text' and an 'answer_start'.");
    if (path == "/data/*/paragraphs/*") {
      if (!passage_ && !questions_.empty())
        refuse_line(own_name_, questions_.front().line, "the paragraph of this question has no 'context'.");
      if (passage_) {
        const CodePoints points(*passage_);
        for (Question& q : questions_) keep(std::move(q), passage_, points);
      }
      questions_.clear();
      passage_.reset();
    }
    if (path == "/data/*") {
      for (std::size_t i = first_; i < into_.examples.size(); ++i) into_.examples[i].group = title_;
      title_.clear();
    }
  }

  std::vector<Question> questions_{};
  std::shared_ptr<const std::string> passage_{};
  std::string title_{};
  std::size_t first_ = 0;
  bool data_ = false;
};

}  // namespace detail

/// SQuAD: `data` / `paragraphs` / `context` and `qas` (`question`, `id`, `answers` of `text` and `answer_start`, which
/// counts code points, and `is_impossible`). The article's title is the examples' group. An answer that is not where
/// `answer_start` says is looked for up to 5 characters around and counted; one that is not there either has no place.
/// Throws ErrorKind::Data with file and line: see JsonEvents, checked_text; for what lacks a field or has one of
/// another kind, an id that occurs twice, answers of an impossible question, none of one that is not.
inline void parse_squad(std::string_view bytes, const std::string& name, const TextOptions& options, Texts& into) {
  const std::string text = detail::checked_text(std::string(bytes), name, options, into);
  detail::SquadReader(name, options, into).read_all(text);
}

}  // namespace tuneit::io
