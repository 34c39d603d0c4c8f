#pragma once
// What do files of texts hold, whatever they are written as?
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tuneit::io {

/// One accepted answer to a question. `begin`: its first byte in the second text; none where it is not to be found
/// there.
struct TextAnswer {
  std::string text;
  std::optional<std::size_t> begin{};
  friend bool operator==(const TextAnswer&, const TextAnswer&) = default;
};
/// All accepted answers; none: the second text does not answer the question.
struct Answers {
  std::vector<TextAnswer> accepted;
  friend bool operator==(const Answers&, const Answers&) = default;
};
/// One tag a word, IOB2 where they mark spans.
struct Tags {
  std::vector<std::string> tags;
  friend bool operator==(const Tags&, const Tags&) = default;
};

/// Nothing (to be predicted, or a text for a language model), the name of a class, numbers, tags, or answers.
using TextLabel = std::variant<std::monostate, std::string, std::vector<double>, Tags, Answers>;

/// One text, or two: a pair; a question and the passage that may answer it, which many questions share.
struct TextExample {
  std::string text{};
  std::shared_ptr<const std::string> second{};
  std::vector<std::string> words{};  ///< of texts that come as words; `text` is then the words between blanks
  TextLabel label{};
  std::string id{}, group{}, part{};  ///< as the file has them; empty where it has none
  std::size_t file = 0, line = 1;     ///< where it begins: a position in Texts::files, a line from 1

  [[nodiscard]] std::string_view second_text() const { return second ? std::string_view(*second) : std::string_view(); }
};

/// Examples in the order of their files, and what was met on the way.
struct Texts {
  std::vector<std::string> files{};
  std::vector<TextExample> examples{};
  std::vector<std::string> notes{};
  std::string columns{};          ///< of tables: which columns are read as what, for people
  std::size_t replaced = 0;       ///< invalid bytes for which U+FFFD stands
  std::size_t blank = 0;          ///< texts that are empty, or white space only
  std::size_t moved_answers = 0;  ///< answers found up to 5 characters from where the file says
  std::size_t lost_answers = 0;   ///< answers that are not there

  /// "reviews.csv:12"
  [[nodiscard]] std::string place(const TextExample& example) const {
    return files[example.file] + ":" + std::to_string(example.line);
  }
};

}  // namespace tuneit::io
