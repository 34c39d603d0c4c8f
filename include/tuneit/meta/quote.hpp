#pragma once
// How are bytes that come from strangers shown to people? Quoted, cut, and without control characters.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

namespace tuneit::io {

/// How many bytes from the beginning are well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF)?
[[nodiscard]] inline std::size_t utf8_prefix(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    for (std::uint64_t eight = 0; text.size() - i >= 8; i += 8) {  // most of a text is ASCII
      std::memcpy(&eight, text.data() + i, 8);
      if ((eight & 0x8080808080808080U) != 0) break;
    }
    if (i == text.size()) break;
    const unsigned lead = byte(i);
    const std::size_t more = lead < 0x80 ? 0U : lead >= 0xC2 && lead < 0xE0 ? 1U : (lead & 0xF0U) == 0xE0 ? 2U : 3U;
    if (more == 0) {
      ++i;
      continue;
    }
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i <= more) return i;
    for (std::size_t k = 1; k <= more; ++k)
      if ((byte(i + k) & 0xC0U) != 0x80U) return i;
    const unsigned second = byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return i;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return i;
    i += more + 1;
  }
  return text.size();
}
[[nodiscard]] inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

/// The text between single quotes, for an error message: control characters and bytes that are not UTF-8 become \xNN,
/// and what is longer than `most` bytes is cut.
[[nodiscard]] inline std::string quote(std::string_view text, std::size_t most = 120) {
  constexpr char hex[] = "0123456789abcdef";
  const bool plain = is_utf8(text);
  const bool cut = text.size() > most;
  if (cut) {
    text = text.substr(0, most);
    while (plain && !is_utf8(text)) text.remove_suffix(1);
  }
  std::string out = "'";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7F || (u >= 0x80 && !plain))
      out += {'\\', 'x', hex[u >> 4U], hex[u & 15U]};
    else
      out += c;
  }
  return out + (cut ? "...'" : "'");
}

/// The text as it is written to a file that is UTF-8 (JSON, CSV, metadata), whatever its bytes are: it is left alone
/// unless it is no UTF-8 or holds a backslash before an x. Then bytes that are not UTF-8 become \xNN and backslashes
/// are doubled, so that utf8_original gives the same bytes back.
[[nodiscard]] inline std::string utf8_text(std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  if (is_utf8(text) && text.find("\\x") == std::string_view::npos) return std::string(text);
  std::string out;
  while (!text.empty()) {
    for (const char c : text.substr(0, utf8_prefix(text))) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
    text.remove_prefix(utf8_prefix(text));
    if (text.empty()) break;
    const auto u = static_cast<unsigned char>(text.front());
    out += {'\\', 'x', hex[u >> 4U], hex[u & 15U]};
    text.remove_prefix(1);
  }
  return out;
}

/// The bytes of which utf8_text made this. What it cannot have made is returned as it is.
[[nodiscard]] inline std::string utf8_original(std::string_view text) {
  if (text.find("\\x") == std::string_view::npos) return std::string(text);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (text.substr(i, 2) == "\\\\") {
      out += '\\';
      ++i;
    } else {
      if (text.substr(i, 2) != "\\x" || text.size() < i + 4) return std::string(text);
      const std::size_t high = hex.find(text[i + 2]), low = hex.find(text[i + 3]);
      if (high == std::string_view::npos || low == std::string_view::npos) return std::string(text);
      out += static_cast<char>(high * 16 + low);
      i += 3;
    }
  }
  return out;
}

[[nodiscard]] inline std::string quote_path(const std::filesystem::path& path) { return quote(path.native(), 400); }

}  // namespace tuneit::io
