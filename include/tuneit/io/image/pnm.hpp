#pragma once
// How does a PNM (PBM, PGM, PPM) become RGB bytes? (include through image.hpp)
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/image/deep_grey.hpp"
#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/image_format.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/meta/ascii.hpp"

namespace tuneit::io::detail {

/// Numbers and bits of text, with comments from # to the end of the line.
class PnmText {
 public:
  PnmText(std::string_view text, const std::string& name, std::size_t at = 0) : text_(text), name_(name), at_(at) {}

  [[noreturn]] void bad(const std::string& why) const {
    bad_image(name_, "damaged PNM (" + why + ").", "Restore the file from its source, or remove it.");
  }
  /// The next number, of at most 10 digits, as Pillow takes them.
  std::uint64_t number() {
    skip();
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++digits)
      if (digits < 10) value = 10 * value + static_cast<std::uint64_t>(text_[at_] - '0');
    if (digits == 0 && at_ >= text_.size()) bad("it ends too early");
    if (digits == 0 || digits > 10 || (at_ < text_.size() && !is_ascii_space(text_[at_]) && text_[at_] != '#'))
      bad("something stands where a number is due");
    return value;
  }
  /// The next '0' or '1', which need no blanks between them.
  bool bit() {
    skip();
    if (at_ >= text_.size()) bad("it ends too early");
    if (text_[at_] != '0' && text_[at_] != '1') bad("something stands where 0 or 1 is due");
    return text_[at_++] == '1';
  }
  /// Where the bytes behind the header begin: behind one blank.
  std::size_t behind_blank() {
    if (at_ >= text_.size() || !is_ascii_space(text_[at_])) bad("its header does not end");
    return at_ + 1;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  void skip() {
    while (at_ < text_.size() && (is_ascii_space(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#')
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
      else
        ++at_;
    }
  }
  std::string_view text_;
  const std::string& name_;
  std::size_t at_;
};

/// What a header says; `kind`: 1 to 6. `at`: where its pixels begin.
struct PnmHeader {
  char kind = 0;
  std::uint64_t width = 0, height = 0, most = 1;
  std::size_t at = 0;
  [[nodiscard]] bool plain() const { return kind <= '3'; }
  [[nodiscard]] bool bits() const { return kind == '1' || kind == '4'; }
  [[nodiscard]] std::size_t channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
  [[nodiscard]] std::size_t sample_bytes() const { return most > 255 ? 2 : 1; }
  /// Bytes of the pixels of a kind that is not plain; sizes must have been judged.
  [[nodiscard]] std::uint64_t pixel_bytes() const {
    return bits() ? (width + 7) / 8 * height : width * height * channels() * sample_bytes();
  }
};

inline PnmHeader read_pnm_header(std::string_view text, const std::string& name) {
  PnmHeader out;
  PnmText words(text, name, 2);
  out.kind = text.size() > 2 ? text[1] : '0';
  out.width = words.number();
  out.height = words.number();
  if (!out.bits()) out.most = words.number();
  if (out.most == 0 || out.most > 65535) words.bad("its largest value is " + std::to_string(out.most));
  out.at = out.plain() ? words.at() : words.behind_blank();
  return out;
}

/// A sample as Pillow scales it: rounded to even, in double precision; what is too large is white.
inline std::uint8_t pnm_byte(std::uint64_t sample, std::uint64_t most) {
  return static_cast<std::uint8_t>(
      std::min(255.0, std::nearbyint(static_cast<double>(sample) / static_cast<double>(most) * 255.0)));
}

/// P1 to P6 with any maxval. Grey of more than 8 bits: see white_sample; its maxval is the declared white. Further
/// pictures in the file are not looked at (see further_images).
inline Image decode_pnm(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                        const PartOf& part = {}, ImageFacts* facts = nullptr) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const PnmHeader header = read_pnm_header(text, name);
  checked_rgb_bytes(header.width, header.height, file.size(), name, limits);
  PnmText words(text, name, header.at);
  const auto width = static_cast<std::size_t>(header.width), height = static_cast<std::size_t>(header.height);
  const std::size_t count = width * height, channels = header.channels();
  // Each sample of plain ones takes a byte at least.
  const std::uint64_t least = header.plain() ? count * channels : header.pixel_bytes();
  if (least > text.size() - std::min(header.at, text.size())) words.bad("the file ends too early");
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data()) + std::min(header.at, text.size());
  Image out = blank_image(static_cast<int>(height), static_cast<int>(width));
  std::uint8_t* const rgb = out.rgb.data();

  if (header.bits()) {
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x) {
        const bool black = header.plain() ? words.bit() : (bytes[(width + 7) / 8 * y + x / 8] >> (7 - x % 8) & 1U) != 0;
        std::memset(rgb + 3 * (y * width + x), black ? 0 : 255, 3);
      }
    return cut(std::move(out), part);
  }
  const auto sample = [&](std::size_t i) -> std::uint64_t {
    if (header.plain()) {
      const std::uint64_t value = words.number();
      if (value > header.most) words.bad("a value is larger than its largest");
      return value;
    }
    return header.sample_bytes() == 1 ? bytes[i] : static_cast<std::uint64_t>(bytes[2 * i] << 8U | bytes[2 * i + 1]);
  };
  if (channels == 3 && !header.plain() && header.most == 255) {
    std::memcpy(rgb, bytes, 3 * count);
  } else if (channels == 3) {
    for (std::size_t i = 0; i < 3 * count; ++i) rgb[i] = pnm_byte(sample(i), header.most);
  } else if (header.most > 255) {
    std::vector<std::uint16_t, Uninitialised<std::uint16_t>> grey(count);
    for (std::size_t p = 0; p < count; ++p) grey[p] = static_cast<std::uint16_t>(std::min(sample(p), header.most));
    deep_grey_to_rgb(grey, static_cast<std::uint32_t>(header.most), false, rgb, facts);
  } else {
    for (std::size_t p = 0; p < count; ++p) std::memset(rgb + 3 * p, pnm_byte(sample(p), header.most), 3);
  }
  return cut(std::move(out), part);
}

}  // namespace tuneit::io::detail
