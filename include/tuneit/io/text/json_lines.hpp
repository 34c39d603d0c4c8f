#pragma once
// Which texts do lines hold that are a JSON object each?
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/csv.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/json_events.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/squad.hpp"
#include "tuneit/io/text/table.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

inline constexpr std::size_t kMaxJsonLineBytes = std::size_t{64} << 20U;

namespace detail {

/// Objects of one kind, which the first one's keys decide: a question with its passage ("question" and "context"),
/// words ("tokens" or "words") with tags, or columns as in a table.
class JsonLineReader final : public QuestionReader {
 public:
  JsonLineReader(const std::string& name, const TextOptions& options, Texts& into)
      : QuestionReader(name, options, into) {}

  void read_line(std::string_view line, std::size_t number) {
    if (line.size() > kMaxJsonLineBytes)
      refuse_line(own_name_, number, "a line of more than " + byte_count(kMaxJsonLineBytes) + ".",
                  "One object a line is read; a whole file of SQuAD has the ending .json.");
    number_ = number;
    object_ = false;
    fields_.clear();
    question_ = {};
    question_.line = number;
    go_through(line, number);
    if (!object_) refuse_line(own_name_, number, "the line is not a JSON object.");
    if (kind_ == Kind::Unknown) kind_ = kind_of_first();
    if (kind_ == Kind::Question)
      keep_question();
    else
      keep_row();
  }

 private:
  enum class Kind { Unknown, Row, Words, Question };
  struct Field {
    std::string key;
    bool list = false;
    JsonScalar value{};
    std::vector<std::string> elements{};
  };

  void scalar(std::string_view path, JsonScalar& value) override {
    if (path.empty()) return;
    const std::string_view rest = path.substr(1);
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
      fields_.push_back({std::string(rest), false, std::move(value)});
    } else if (rest == "answers/text/*" || rest == "answers/*/text") {
      question_.answers.push_back(taken_text(path, value));
    } else if (rest == "answers/answer_start/*" || rest == "answers/*/answer_start") {
      question_.starts.push_back(start_of(path, value));
    } else if (rest.substr(slash) == "/*" && !fields_.empty() && fields_.back().list) {
      const bool text = value.kind == JsonScalar::Kind::Text || value.kind == JsonScalar::Kind::Whole ||
                        value.kind == JsonScalar::Kind::Real;
      fields_.back().elements.push_back(text ? std::move(value.text) : std::string());
    }
  }
  void opened(std::string_view path, bool array) override {
    if (path.empty()) {
      object_ = !array;
      return;
    }
    if (path == "/answers") question_.has_answers = true;
    if (path.find('/', 1) == std::string_view::npos) fields_.push_back({std::string(path.substr(1)), array});
  }
  void closed(std::string_view, bool) override {}

  [[nodiscard]] Field* find(std::string_view key) {
    for (Field& f : fields_)
      if (f.key == key) return &f;
    return nullptr;
  }

  Kind kind_of_first() {
    if (find("question") != nullptr && find("context") != nullptr && options_.text.empty()) return Kind::Question;
    header_.line = number_;
    for (const Field& f : fields_) header_.fields.push_back(f.key);
    for (const char* words : {"tokens", "words"})
      if (const Field* f = find(words); f != nullptr && f->list && options_.text.empty()) words_ = words;
    if (!words_.empty()) {
      for (const char* tags : {"ner_tags", "labels", "tags"})
        if (find(tags) != nullptr) tags_ = tags;
      if (!options_.label.empty()) tags_ = header_.fields[named_column(header_, options_.label, own_name_)];
      if (tags_.empty() && options_.labels)
        refuse_line(own_name_, number_, "there are words and no key 'tags'.",
                    "Name it, or read the file without labels.");
      return Kind::Words;
    }
    columns_ = find_text_columns(header_, own_name_, options_);
    return Kind::Row;
  }

  /// A string, or a number as it is written.
  std::string text_field(std::size_t column, bool required) {
    const std::string& key = header_.fields[column];
    Field* f = find(key);
    if (f == nullptr || (!f->list && f->value.kind == JsonScalar::Kind::Null)) {
      if (required) refuse_line(own_name_, number_, "the object has no " + quote(key) + ".");
      return {};
    }
    if (f->list) refuse_line(own_name_, number_, quote(key) + " is a list, not text.");
    return std::move(f->value.text);
  }

  void keep_row() {
    TextExample example;
    example.file = file_;
    example.line = number_;
    if (kind_ == Kind::Words) {
      keep_words(std::move(example));
      return;
    }
    if (columns_.label) {
      std::string label = text_field(*columns_.label, true);
      if (is_blank(label)) refuse_line(own_name_, number_, "the label is empty.");
      example.label = std::string(trimmed(label));
    }
    if (!columns_.targets.empty()) {
      std::vector<double> numbers;
      for (const std::size_t c : columns_.targets)
        numbers.push_back(text_number(text_field(c, true), own_name_, number_, header_.fields[c]));
      example.label = std::move(numbers);
    }
    if (columns_.split) example.part = trimmed(text_field(*columns_.split, false));
    if (columns_.group) example.group = text_field(*columns_.group, false);
    if (columns_.id) example.id = text_field(*columns_.id, false);
    if (columns_.second) example.second = std::make_shared<const std::string>(text_field(*columns_.second, true));
    example.text = text_field(columns_.text, true);
    count_blank(example, into_);
    keep_example(std::move(example), options_, into_);
  }

  void keep_words(TextExample example) {
    Field* words = find(words_);
    if (words == nullptr || !words->list)
      refuse_line(own_name_, number_, "the object has no list " + quote(words_) + ".");
    for (const std::string& word : words->elements) {
      if (word.empty()) refuse_line(own_name_, number_, "a word is empty, or no text.");
      example.text += (example.text.empty() ? "" : " ") + word;
    }
    if (options_.labels) {
      Field* tags = find(tags_);
      if (tags == nullptr || !tags->list)
        refuse_line(own_name_, number_, "the object has no list " + quote(tags_) + ".");
      if (tags->elements.size() != words->elements.size())
        refuse_line(own_name_, number_,
                    "there are " + std::to_string(words->elements.size()) + " words and " +
                        std::to_string(tags->elements.size()) + " tags.");
      for (const std::string& tag : tags->elements)
        if (tag.empty()) refuse_line(own_name_, number_, "a tag is empty, or no text.");
      example.label = Tags{std::move(tags->elements)};
    }
    example.words = std::move(words->elements);
    for (const auto& [key, to] : {std::pair("split", &example.part), {"group", &example.group}, {"id", &example.id}})
      if (Field* f = find(key); f != nullptr && !f->list) *to = std::move(f->value.text);
    count_blank(example, into_);
    keep_example(std::move(example), options_, into_);
  }

  void keep_question() {
    for (Field& f : fields_)
      if (!f.list && (f.key == "question" || f.key == "id" || f.key == "is_impossible" || f.key == "answers"))
        field("/" + f.key, f.key, f.value, question_);
    Field* context = find("context");
    if (context == nullptr || context->list || context->value.kind != JsonScalar::Kind::Text)
      refuse_line(own_name_, number_, "the question has no 'context'.");
    auto passage = std::make_shared<const std::string>(std::move(context->value.text));
    if (last_passage_ && *last_passage_ == *passage) passage = last_passage_;  // many questions in a row share one
    const CodePoints points(*passage);
    keep(std::move(question_), passage, points);
    if (Field* title = find("title"); title != nullptr && title->value.kind == JsonScalar::Kind::Text)
      into_.examples.back().group = std::move(title->value.text);
    if (Field* split = find("split"); split != nullptr) into_.examples.back().part = std::move(split->value.text);
    last_passage_ = std::move(passage);
  }

  Kind kind_ = Kind::Unknown;
  std::size_t number_ = 1;
  bool object_ = false;
  std::vector<Field> fields_{};
  Question question_{};
  CsvRow header_{};
  TextColumns columns_{};
  std::string words_{}, tags_{};
  std::shared_ptr<const std::string> last_passage_{};
};

}  // namespace detail

/// One JSON object a line; empty lines are passed over. The first object's keys say what is read, by the names that
/// columns of tables have; later ones may have others beside them. Labels are strings, numbers (as they are written),
/// true or false. Tags are taken as they are. Throws ErrorKind::Data with file and line: see JsonEvents, checked_text,
/// parse_squad; for a line of more than 64 MiB, a key that is missing, a list where text is wanted, another number of
/// tags than of words.
inline void parse_json_lines(std::string_view bytes, const std::string& name, const TextOptions& options, Texts& into) {
  const std::string text = detail::checked_text(std::string(bytes), name, options, into);
  detail::JsonLineReader reader(name, options, into);
  detail::Lines lines(text);
  for (std::string_view line; lines.next(line);)
    if (!detail::is_blank(line)) reader.read_line(line, lines.number());
}

}  // namespace tuneit::io
