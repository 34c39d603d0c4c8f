#pragma once
// BERT's normaliser and pre-tokeniser in one, for what is ASCII: nothing moves, so an offset is a place.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tuneit/meta/ascii.hpp"
#include "tuneit/text/normal/bert_normalizer.hpp"

namespace tuneit::text {

class BertAscii {
 public:
  explicit BertAscii(const BertNormalizer& how) {
    const std::array<char, 128> becomes = how.ascii();
    for (std::size_t c = 0; c < 128; ++c) {
      becomes_[c] = becomes[c];
      const auto now = static_cast<unsigned char>(becomes[c]);
      const bool space = io::is_ascii_space(now);
      const bool mark =
          now > ' ' && now < 127 && !(now >= '0' && now <= '9') && !((now | 32U) >= 'a' && (now | 32U) <= 'z');
      kind_[c] = space ? kSpace : mark ? kMark : kLetter;
      if (now == 0) kind_[c] = kOther;
    }
    for (std::size_t c = 128; c < 256; ++c) kind_[c] = kOther;
  }

  /// Does the text consist of what this knows: ASCII of which nothing vanishes?
  [[nodiscard]] bool takes(std::string_view text) const noexcept {
    unsigned seen = 0;
    for (const char c : text) seen |= kind_[static_cast<unsigned char>(c)];
    return (seen & kOther) == 0;
  }
  /// Calls word(text, at) for each word of what it takes: its normalised text, and where it is. `lower`: memory.
  template <class Each>
  void words(std::string_view text, std::string& lower, Each word) const {
    lower.resize(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) lower[i] = becomes_[static_cast<unsigned char>(text[i])];
    const std::string_view now = lower;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const unsigned kind = kind_[static_cast<unsigned char>(text[at])];
      if (kind == kLetter) continue;
      if (begin < at) word(now.substr(begin, at - begin), begin);
      if (kind == kMark) word(now.substr(at, 1), at);
      begin = at + 1;
    }
    if (begin < text.size()) word(now.substr(begin), begin);
  }

 private:
  static constexpr std::uint8_t kLetter = 0, kSpace = 1, kMark = 2, kOther = 4;
  std::array<char, 256> becomes_{};
  std::array<std::uint8_t, 256> kind_{};
};

}  // namespace tuneit::text
