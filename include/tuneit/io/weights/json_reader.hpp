#pragma once
// How is a JSON object from a stranger read? As a stream of events, so that nothing is built that was not asked for,
// and without what the parser itself would let pass.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io::detail {

/// Base of the readers: whatever is no JSON is refused here. `file` is the quoted path for messages, `subject` what the
/// text is ("the header"), `mend` what to do where it cannot be read.
class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonReader(std::string file, std::string subject, std::string mend)
      : file_(std::move(file)), subject_(std::move(subject)), mend_(std::move(mend)) {}

  /// Sends the events of the text. Throws Error(ErrorKind::Weights).
  void read(std::string_view text) {
    // The JSON parser itself accepts a byte order mark, and takes NUL for the end of the text.
    const std::size_t first = text.find_first_not_of(json_space);
    if (first == std::string_view::npos || text[first] != '{')
      refuse(file_ + ": " + subject_ + " does not begin with '{'", mend_);
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
      refuse(file_ + ": " + subject_ + " has a NUL byte at its byte " + std::to_string(nul), mend_);
    nlohmann::json::sax_parse(text.begin(), text.end(), this);
  }

  bool binary(nlohmann::json::binary_t&) final { refuse(file_ + ": " + subject_ + " holds binary data", mend_); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) final {
    const std::string_view text =
        error.what();  // "[json.exception.parse_error.101] parse error at ...": keep the sentence
    const std::size_t start = text.find("] ");
    refuse(file_ + ": " + subject_ + " is not valid JSON at its byte " + std::to_string(position) + ": " +
               quote(text.substr(start == std::string_view::npos ? 0 : start + 2), 160),
           mend_);
  }

 protected:
  std::string file_, subject_, mend_;
};

}  // namespace tuneit::io::detail
