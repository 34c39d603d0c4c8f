#pragma once
// Files of SentencePiece of a few pieces, for tests: charsmaps, and .model files.
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tuneit::text::tests {

inline std::string little_endian(std::uint32_t value) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  return out;
}

/// The charsmap of these rules: a double array in which the children of each node lie at a multiple of 256 of their
/// own.
inline std::string charsmap_of(const std::vector<std::pair<std::string, std::string>>& rules) {
  struct Node {
    std::map<unsigned char, std::size_t> children;
    std::int64_t leaf = -1;
    std::size_t place = 0;
  };
  std::vector<Node> nodes(1);
  std::string text;
  for (const auto& [from, to] : rules) {
    std::size_t node = 0;
    for (const char c : from) {
      const auto [at, made] = nodes[node].children.try_emplace(static_cast<unsigned char>(c), nodes.size());
      node = at->second;
      if (made) nodes.emplace_back();
    }
    nodes[node].leaf = static_cast<std::int64_t>(text.size());
    text += to + '\0';
  }
  std::vector<std::uint32_t> units(256 * (nodes.size() + 1));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::size_t base = 256 * (i + 1);
    units[nodes[i].place] |= static_cast<std::uint32_t>((nodes[i].place ^ base) << 10U);
    if (nodes[i].leaf >= 0) {
      units[nodes[i].place] |= 0x100U;
      units[base] = static_cast<std::uint32_t>(nodes[i].leaf) | 0x80000000U;
    }
    for (const auto& [byte, child] : nodes[i].children) {
      nodes[child].place = base ^ byte;
      units[base ^ byte] = byte;
    }
  }
  std::string out = little_endian(static_cast<std::uint32_t>(4 * units.size()));
  for (const std::uint32_t unit : units) out += little_endian(unit);
  return out + text;
}

/// Fields of protocol buffers.
inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
  return out + static_cast<char>(value);
}
inline std::string bytes_field(unsigned number, std::string_view bytes) {
  return varint(number << 3U | 2U) + varint(bytes.size()) + std::string(bytes);
}
inline std::string number_field(unsigned number, std::uint64_t value) { return varint(number << 3U) + varint(value); }
inline std::string piece_field(std::string_view text, float score, unsigned type = 1) {
  return bytes_field(1, bytes_field(1, text) + varint(2U << 3U | 5U) +
                            little_endian(std::bit_cast<std::uint32_t>(score)) + number_field(3, type));
}
/// A model of the type (1 unigram, 2 bpe) with <unk>, <s>, </s> and these pieces, ids from 3.
inline std::string model_of(unsigned type, const std::vector<std::pair<std::string, float>>& pieces,
                            std::string_view charsmap = "", std::string_view more_pieces = "") {
  std::string out = piece_field("<unk>", 0, 2) + piece_field("<s>", 0, 3) + piece_field("</s>", 0, 3);
  for (const auto& [piece, score] : pieces) out += piece_field(piece, score);
  return out + std::string(more_pieces) + bytes_field(2, number_field(3, type)) +
         bytes_field(3, bytes_field(2, charsmap));
}

}  // namespace tuneit::text::tests
