#pragma once
// Is a file text in UTF-8, and which lines has it?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/ascii.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

inline constexpr std::uint64_t kMaxTextFileBytes = std::uint64_t{2} << 30U;

namespace detail {

/// The encoding that a byte order mark, or a NUL in every second byte, says; null for UTF-8.
inline const char* foreign_encoding(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xff\xfe\0\0"sv) || text.starts_with("\0\0\xfe\xff"sv)) return "UTF-32";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return "UTF-16";
  const std::string_view head = text.substr(0, std::min<std::size_t>(text.size(), 64) & ~std::size_t{1});
  if (head.size() < 8) return nullptr;
  bool even = true, odd = true;
  for (std::size_t i = 0; i < head.size(); i += 2) {
    even &= head[i] == '\0' && head[i + 1] != '\0';
    odd &= head[i + 1] == '\0' && head[i] != '\0';
  }
  return even || odd ? "UTF-16" : nullptr;
}

/// The text as readers take it: without a byte order mark, UTF-8. Throws ErrorKind::Data for other encodings, and,
/// unless they are to be replaced, for bytes that are not UTF-8.
inline std::string checked_text(std::string text, const std::string& name, const TextOptions& options, Texts& into) {
  if (const char* encoding = foreign_encoding(text); encoding != nullptr)
    throw Error(ErrorKind::Data, name + " is " + encoding + ", not UTF-8.", "Save the file as UTF-8.");
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (options.replace_invalid && !is_utf8(text)) return replace_invalid(text, &into.replaced);
  check_utf8(text, name);
  return text;
}

/// Reads the whole of a file. Throws also ErrorKind::Io.
inline std::string read_whole(const InputFile& file, const std::string& name) {
  if (file.size() > kMaxTextFileBytes)
    throw Error(ErrorKind::Data, name + " has " + std::to_string(file.size()) + " bytes, more than 2 GiB.",
                "Split it.");
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

/// The path as it stands in messages.
inline std::string shown_path(const std::filesystem::path& path) {
  const std::string quoted = quote_path(path);
  return quoted.substr(1, quoted.size() - 2);
}

/// The file is named in `into`; its position there.
inline std::size_t enter_file(Texts& into, const std::string& name) {
  into.files.push_back(name);
  return into.files.size() - 1;
}

inline bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_ascii_space<char>); }

[[noreturn]] inline void refuse_line(const std::string& name, std::size_t line, const std::string& why,
                                     const std::string& mend = {}) {
  throw Error(ErrorKind::Data, name + ":" + std::to_string(line) + ": " + why, mend);
}

/// Adds an example. Throws ErrorKind::Data with its line where there are options.most_texts already.
inline void keep_example(TextExample&& example, const TextOptions& options, Texts& into) {
  if (into.examples.size() >= options.most_texts)
    refuse_line(into.files[example.file], example.line,
                "more than " + std::to_string(options.most_texts) + " texts begin here.",
                "Divide them, or raise most_texts (a text takes some 200 bytes of memory beside its own).");
  into.examples.push_back(std::move(example));
}

/// Lines of a text without their ends (LF, CRLF, a CR alone), counted from 1. A last line may have no end.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), lf_(text.find('\n')) {}

  bool next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    if (lf_ != std::string_view::npos && lf_ < at_) lf_ = text_.find('\n', at_);
    std::size_t end = std::min(lf_, text_.size());
    const std::size_t cr = text_.substr(at_, end - at_).find('\r');
    if (cr != std::string_view::npos) end = at_ + cr;
    line = text_.substr(at_, end - at_);
    begin_ = at_;
    at_ = end + (text_.substr(end, 2) == "\r\n" ? 2U : 1U);
    ++number_;
    return true;
  }
  [[nodiscard]] std::size_t number() const { return number_; }  ///< of the line last given
  [[nodiscard]] std::size_t begin() const { return begin_; }    ///< its first byte

 private:
  std::string_view text_;
  std::size_t lf_, at_ = 0, begin_ = 0, number_ = 0;
};

}  // namespace detail
}  // namespace tuneit::io
