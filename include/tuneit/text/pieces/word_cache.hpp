#pragma once
// Which words came before, and what became of them?
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tuneit/text/pieces/piece.hpp"

namespace tuneit::text {

/// Remembers the pieces of words of up to 32 bytes and 6 pieces that lie side by side, one cache line a word. A newer
/// word takes the place of an older one. Each thread has its own; results do not depend on what is in it.
class WordCache {
 public:
  /// A word, made ready to be sought.
  class Key {
   public:
    explicit Key(std::string_view word) noexcept : size_(word.size()) {
      if (size_ <= kBytes) std::memcpy(text_.data(), word.data(), size_);
    }
    [[nodiscard]] bool fits() const noexcept { return size_ <= kBytes; }

   private:
    friend WordCache;
    [[nodiscard]] std::size_t place() const noexcept {
      std::array<std::uint64_t, 4> w;
      std::memcpy(w.data(), text_.data(), sizeof w);
      std::uint64_t h = (w[0] ^ size_) * 0x9E3779B97F4A7C15U;
      h = (h ^ h >> 32U ^ w[1]) * 0xC2B2AE3D27D4EB4FU;
      if (size_ > 16) h = ((h ^ h >> 32U ^ w[2]) * 0x9E3779B97F4A7C15U ^ w[3]) * 0xC2B2AE3D27D4EB4FU;
      return h >> (64U - kBits);
    }
    std::array<char, 32> text_{};
    std::size_t size_;
  };

  /// Appends the word's pieces, and says true, if it is remembered.
  bool find(const Key& key, std::vector<Piece>& out) const {
    if (lines_.empty() || !key.fits()) return false;
    const Line& line = lines_[key.place()];
    if (line.size != key.size_ || std::memcmp(line.text.data(), key.text_.data(), kBytes) != 0) return false;
    std::uint32_t begin = 0;
    for (unsigned i = 0; i < line.count; begin = line.ends[i++]) out.push_back({line.ids[i], begin, line.ends[i]});
    return true;
  }
  /// Remembers the pieces of the word, if they fit.
  void keep(const Key& key, const Piece* pieces, std::size_t count) {
    if (!key.fits() || count > kPieces) return;
    if (lines_.empty()) lines_.resize(std::size_t{1} << kBits);
    Line& line = lines_[key.place()];
    line.text = key.text_;
    line.size = static_cast<std::uint8_t>(key.size_);
    line.count = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
      line.ids[i] = pieces[i].id;
      line.ends[i] = static_cast<std::uint8_t>(pieces[i].end);
    }
  }

 private:
  static constexpr std::size_t kBytes = 32, kPieces = 6;
  static constexpr unsigned kBits = 14;
  struct alignas(64) Line {
    std::array<char, kBytes> text{};
    std::array<std::int32_t, kPieces> ids{};
    std::array<std::uint8_t, kPieces> ends{};
    std::uint8_t size = 0, count = 0;  // no word has 0 bytes
  };
  std::vector<Line> lines_;  ///< none before the first word
};

}  // namespace tuneit::text
