#pragma once
// Sentences put together of pieces, for messages: what stands where something is refused is a list of pieces and one
// call. Sums of strings are a temporary and its clean-up for each `+`, in every program that could ever refuse it.
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tuneit/meta/error.hpp"

namespace tuneit::detail {

[[gnu::noinline]] inline void append_number(std::string& s, long long number) { s.append(std::to_string(number)); }

/// A piece of a sentence: text, or a whole number. It looks at text that somebody else holds.
class Piece {
 public:
  constexpr Piece(const char* text) : text_(text), size_(std::string_view(text).size()) {}
  Piece(const std::string& text) : text_(text.data()), size_(text.size()) {}
  constexpr Piece(std::string_view text) : text_(text.data()), size_(text.size()) {}
  constexpr Piece(int number) : number_(number) {}
  constexpr Piece(unsigned number) : number_(number) {}
  constexpr Piece(long number) : number_(number) {}
  constexpr Piece(unsigned long number) : number_(static_cast<long long>(number)) {}
  constexpr Piece(long long number) : number_(number) {}

  void append_to(std::string& s) const {
    if (text_ != nullptr)
      s.append(text_, size_);
    else
      append_number(s, number_);
  }

 private:
  const char* text_ = nullptr;  ///< null: a number
  std::size_t size_ = 0;
  long long number_ = 0;
};

[[gnu::noinline]] inline std::string sentence(std::initializer_list<Piece> pieces) {
  std::string s;
  for (const Piece& p : pieces) p.append_to(s);
  return s;
}

/// Throws Error: what is wrong, and how to mend it.
[[noreturn, gnu::noinline, gnu::cold]] inline void refuse(ErrorKind kind, std::initializer_list<Piece> what,
                                                          std::initializer_list<Piece> mend = {}) {
  throw Error(kind, sentence(what), sentence(mend));
}

}  // namespace tuneit::detail
