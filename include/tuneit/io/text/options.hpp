#pragma once
// What may be said about how a file of texts is to be read?
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tuneit::io {

/// How tags mark spans: IOB1 (B- only where two spans of a type touch), IOB2 (each begins with B-), IOBES (S- alone,
/// E- last) and BILOU (U-, L-), which are the same under other letters; Plain: tags stand for themselves (parts of
/// speech).
enum class TagScheme { Plain, Iob1, Iob2, Iobes, Bilou };

/// Where a text without lines of its own ends.
enum class Documents { BlankLine, File };

/// Columns of a table and keys of JSON lines by name (any case); empty: the usual names, see docs/texts.md.
struct TextOptions {
  std::string text{}, second{}, label{}, split{}, group{}, id{};
  std::vector<std::string> targets{};  ///< columns of numbers to predict instead of a class
  std::vector<std::string> columns{};  ///< the names of the columns of a table whose first row is data
  bool labels = true;                  ///< a label is asked for; else texts are to be predicted, and none is read
  bool quotes = true;                  ///< of tables: RFC 4180; else quotes are text
  bool replace_invalid = false;        ///< U+FFFD for what is not UTF-8; else it is refused
  std::size_t most_text_bytes = std::size_t{1} << 20U;  ///< of one text; longer ones are refused
  std::size_t most_texts = 10'000'000;                  ///< of all files together; more are refused
  std::optional<TagScheme> scheme{};                    ///< of tags; none: the file's tags say it
  std::size_t word_column = 0, tag_column = 0;          ///< of CoNLL, from 1; 0: first and last (CoNLL-U: 2 and 4)
  bool comments = false;                                ///< of CoNLL: each line that begins with # is one
  Documents documents = Documents::BlankLine;           ///< of plain text
};

}  // namespace tuneit::io
