#pragma once
// A text while it is normalised: what it has become, and where each byte of that came from.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/text/unicode/offsets.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// A code point of the new text. change 0: it replaces the next code point of the old one; > 0: it is inserted before
/// it; -n: it replaces one and n further ones vanish behind it.
struct CharChange {
  char32_t c = 0;
  int change = 0;
};

/// A piece of an original text, and what normalisers make of it. Both are UTF-8. For every byte of the new text it
/// knows the bytes of the original code point that it stands for: what replaces has its original's, what is inserted
/// those of the byte before it (at the very start {begin, begin} of the piece), as tokenizers counts them. Offsets are
/// bytes of the whole original text, of which the piece is a part.
class NormalText {
 public:
  NormalText() = default;
  /// The piece that begins at byte `begin` of its text.
  explicit NormalText(std::string_view piece, std::uint32_t begin = 0) { assign(piece, begin); }

  /// Begins anew with another piece; memory is kept.
  void assign(std::string_view piece, std::uint32_t begin) {
    text_.assign(piece);
    begin_ = begin;
    end_ = begin + static_cast<std::uint32_t>(piece.size());
    spans_.resize(piece.size());
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t from = at;
      at += bytes_of_lead(piece[at]);
      const ByteSpan span{begin + static_cast<std::uint32_t>(from), begin + static_cast<std::uint32_t>(at)};
      for (std::size_t i = from; i < at; ++i) spans_[i] = span;
    }
  }

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Of each byte of text(), the original code point.
  [[nodiscard]] std::span<const ByteSpan> spans() const noexcept { return spans_; }
  /// The original bytes of the whole piece.
  [[nodiscard]] ByteSpan original() const noexcept { return {begin_, end_}; }
  /// The original bytes of bytes [begin, end) of text(): from the first one's beginning to the last one's end. Of none:
  /// where they lie.
  [[nodiscard]] ByteSpan original_of(std::uint32_t begin, std::uint32_t end) const noexcept {
    if (begin < end) return {spans_[begin].begin, spans_[end - 1].end};
    const std::uint32_t at = begin < spans_.size() ? spans_[begin].begin : end_;
    return {at, at};
  }

  /// All of the text becomes `now`; `skipped` code points of the old text vanish before it.
  void transform(std::span<const CharChange> now, std::size_t skipped = 0) { replace(0, text_.size(), now, skipped); }
  /// Bytes [from, to) of text() become `now`; `skipped` code points of them vanish before it.
  void replace(std::size_t from, std::size_t to, std::span<const CharChange> now, std::size_t skipped = 0) {
    std::string made;
    std::vector<ByteSpan> spans;
    made.reserve(to - from);
    spans.reserve(to - from);
    std::size_t at = from;  // in the old text
    const auto pass_over = [&](std::size_t code_points) {
      for (; code_points > 0 && at < to; --code_points) at += bytes_of_lead(text_[at]);
    };
    pass_over(skipped);
    for (const CharChange& one : now) {
      ByteSpan span{begin_, begin_};
      if (one.change > 0) {
        if (at > 0) span = spans_[at - 1];
      } else {
        if (at < spans_.size()) span = spans_[at];
        pass_over(1 + static_cast<std::size_t>(-one.change));
      }
      append_utf8(made, one.c);
      spans.insert(spans.end(), bytes_of(one.c), span);
    }
    if (from == 0 && to == text_.size()) {
      text_.swap(made);
      spans_.swap(spans);
    } else {
      text_.replace(from, to - from, made);
      splice(from, to, spans);
    }
  }
  /// Each code point c becomes f(c).
  template <class F>
  void map(F f) {
    std::vector<CharChange> now;
    for (std::size_t at = 0; at < text_.size();) now.push_back({f(next_code_point(text_, at)), 0});
    transform(now);
  }
  /// Keeps the code points of which keep(c) is true, and what they stand for.
  template <class F>
  void filter(F keep) {
    std::size_t kept = 0;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t from = at;
      if (!keep(next_code_point(text_, at))) continue;
      for (std::size_t i = from; i < at; ++i, ++kept) {
        text_[kept] = text_[i];
        spans_[kept] = spans_[i];
      }
    }
    text_.resize(kept);
    spans_.resize(kept);
  }
  /// Puts `before` in front, which stands for the first code point. Nothing happens to an empty text.
  void prepend(std::string_view before) {
    if (text_.empty()) return;
    text_.insert(0, before);
    spans_.insert(spans_.begin(), before.size(), ByteSpan(spans_.front()));
  }
  /// Keeps bytes [from, to) of text(), on boundaries of code points. The piece stays what it was.
  void keep(std::size_t from, std::size_t to) {
    text_.erase(to);
    text_.erase(0, from);
    spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(to), spans_.end());
    spans_.erase(spans_.begin(), spans_.begin() + static_cast<std::ptrdiff_t>(from));
  }
  /// Bytes [from, to) of text(), on boundaries of code points, as a piece of its own.
  [[nodiscard]] NormalText slice(std::size_t from, std::size_t to) const {
    NormalText part;
    part.text_ = text_.substr(from, to - from);
    part.spans_.assign(spans_.begin() + static_cast<std::ptrdiff_t>(from),
                       spans_.begin() + static_cast<std::ptrdiff_t>(to));
    const ByteSpan now = original_of(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
    part.begin_ = now.begin;
    part.end_ = now.end;
    return part;
  }
  /// New text and its spans, one for each byte, by who walks over the old ones himself.
  void become(std::string&& text, std::vector<ByteSpan>&& spans) {
    text_ = std::move(text);
    spans_ = std::move(spans);
  }

 private:
  void splice(std::size_t from, std::size_t to, const std::vector<ByteSpan>& with) {
    spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(from), spans_.begin() + static_cast<std::ptrdiff_t>(to));
    spans_.insert(spans_.begin() + static_cast<std::ptrdiff_t>(from), with.begin(), with.end());
  }

  std::string text_;
  std::vector<ByteSpan> spans_;
  std::uint32_t begin_ = 0, end_ = 0;
};

}  // namespace tuneit::text
