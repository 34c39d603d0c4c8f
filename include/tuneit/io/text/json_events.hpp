#pragma once
// How is JSON from a stranger walked through, of any size, with a place for every complaint?
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io::detail {

/// A value that holds no others. `text`: of a string its content, of a number its digits, else "true" or "false".
struct JsonScalar {
  enum class Kind { Null, Bool, Whole, Real, Text };
  Kind kind = Kind::Null;
  std::string text{};
};

/// Base of readers: sends each value with its path ("/data/*/title": keys, and * for the elements of an array) and
/// throws ErrorKind::Data, `name:line: ...`, for what is no JSON, keys that an object has twice, more than 64 levels,
/// more than 10,000 keys of an object, whole numbers above 2^53, a string longer than `most_text_bytes`. Nothing
/// recurses; linear in time.
class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonEvents(std::string name, std::size_t most_text_bytes) : name_(std::move(name)), most_(most_text_bytes) {}

  /// Walks through one JSON value. `first_line`: the number of the text's first line.
  void go_through(std::string_view text, std::size_t first_line = 1) {
    text_ = text;
    at_ = seen_ = 0;
    line_ = first_line;
    line_begin_ = 0;
    path_.clear();
    frames_.clear();
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {  // the parser's end of the text
      at_ = nul + 1;
      refuse_here("a NUL byte.");
    }
    nlohmann::json::sax_parse(Walker{text.data(), text.data(), &at_},
                              Walker{text.data() + text.size(), nullptr, nullptr}, this);
  }

  bool null() final { return send({}); }
  bool boolean(bool value) final { return send({JsonScalar::Kind::Bool, value ? "true" : "false"}); }
  bool number_integer(std::int64_t value) final {
    if (value < -largest) refuse_large(std::to_string(value));
    return send({JsonScalar::Kind::Whole, std::to_string(value)});
  }
  bool number_unsigned(std::uint64_t value) final {
    if (value > static_cast<std::uint64_t>(largest)) refuse_large(std::to_string(value));
    return send({JsonScalar::Kind::Whole, std::to_string(value)});
  }
  bool number_float(double, const std::string& digits) final {
    if (digits.find_first_of(".eE") == std::string::npos) refuse_large(digits);
    return send({JsonScalar::Kind::Real, digits});
  }
  bool string(std::string& value) final {
    if (value.size() > most_) refuse_here("a text of more than " + byte_count(most_) + ".");
    return send({JsonScalar::Kind::Text, std::move(value)});
  }
  bool binary(nlohmann::json::binary_t&) final { refuse_here("binary data."); }
  bool start_object(std::size_t) final { return start(false); }
  bool start_array(std::size_t) final { return start(true); }
  bool end_object() final { return end(); }
  bool end_array() final { return end(); }
  bool key(std::string& name) final {
    Frame& frame = frames_.back();
    if (frame.keys.size() == 10'000) refuse_here("an object of more than 10,000 keys.");
    if (!frame.keys.insert(name).second)
      refuse_here("the key " + quote(name) + " stands twice in one object.", "Keep one.");
    path_.resize(frame.base);
    const bool plain = name != "*" && name.find('/') == std::string::npos;
    path_.append("/").append(plain ? name : "?");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) final {
    at_ = position;
    std::string_view text = error.what();  // "[json.exception...] parse error at line 1, column 5: syntax error ..."
    if (const std::size_t id = text.find("] "); id != std::string_view::npos) text.remove_prefix(id + 2);
    if (text.starts_with("parse error"))
      if (const std::size_t sentence = text.find(": "); sentence != std::string_view::npos)
        text.remove_prefix(sentence + 2);
    refuse_here("this is not valid JSON: " + quote(text, 160) + ".", "Write it by a program that knows JSON.");
  }

 protected:
  ~JsonEvents() = default;
  virtual void scalar(std::string_view path, JsonScalar& value) = 0;
  virtual void opened(std::string_view path, bool array) = 0;
  virtual void closed(std::string_view path, bool array) = 0;

  /// The line that is being read.
  [[nodiscard]] std::size_t line() {
    for (; seen_ < at_ && seen_ < text_.size(); ++seen_)
      if (text_[seen_] == '\n' || (text_[seen_] == '\r' && text_.substr(seen_ + 1, 1) != "\n")) {
        ++line_;
        line_begin_ = seen_ + 1;
      }
    return line_;
  }
  [[noreturn]] void refuse_here(const std::string& why, const std::string& mend = {}) {
    const std::size_t where = line();
    throw Error(ErrorKind::Data,
                name_ + ":" + std::to_string(where) + ": byte " +
                    std::to_string(at_ > line_begin_ ? at_ - line_begin_ : 1) + " of the line: " + why,
                mend);
  }
  [[noreturn]] void refuse_value(std::string_view path, const std::string& wanted) {
    const std::size_t slash = path.rfind('/');
    const std::string_view last = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    refuse_here((last == "*" ? "an element of " + quote(path.substr(0, slash)) : quote(last)) + " is not " + wanted +
                ".");
  }

 private:
  static constexpr std::int64_t largest = std::int64_t{1} << 53U;  // what every reader of JSON keeps exactly (RFC 7493)

  /// Characters, counted as they are taken.
  struct Walker {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;
    const char* p = nullptr;
    const char* begin = nullptr;
    std::size_t* count = nullptr;
    reference operator*() const { return *p; }
    Walker& operator++() {
      ++p;
      *count = static_cast<std::size_t>(p - begin);
      return *this;
    }
    Walker operator++(int) {
      Walker before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Walker& a, const Walker& b) { return a.p == b.p; }
  };
  struct Frame {
    bool array = false;
    std::size_t base = 0;
    std::set<std::string> keys{};
  };

  [[noreturn]] void refuse_large(const std::string& digits) {
    refuse_here("the whole number " + quote(digits, 40) + " is larger than 2^53.", "Write it as a string.");
  }
  void place_value() {
    if (!frames_.empty() && frames_.back().array) {
      path_.resize(frames_.back().base);
      path_ += "/*";
    }
  }
  bool send(JsonScalar value) {
    place_value();
    scalar(path_, value);
    return true;
  }
  bool start(bool array) {
    place_value();
    if (frames_.size() == 64) refuse_here("it is nested more than 64 levels deep.");
    opened(path_, array);
    frames_.push_back({array, path_.size()});
    return true;
  }
  bool end() {
    const bool array = frames_.back().array;
    path_.resize(frames_.back().base);
    frames_.pop_back();
    closed(path_, array);
    return true;
  }

  std::string name_;
  std::size_t most_;
  std::string_view text_{};
  std::size_t at_ = 0, seen_ = 0, line_ = 1, line_begin_ = 0;
  std::string path_{};
  std::vector<Frame> frames_{};
};

}  // namespace tuneit::io::detail
