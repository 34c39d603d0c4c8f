#pragma once
// How do tokens of byte-level models, of SentencePiece and of CTC become a text again?
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/utf8.hpp"
#include "tuneit/text/normal/edits.hpp"
#include "tuneit/text/normal/normal_text.hpp"
#include "tuneit/text/tokenizer/clean_up.hpp"
#include "tuneit/text/unicode/byte_alphabet.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// The bytes for which the characters of all tokens stand, as one; a token with a character that stands for none is
/// taken as it is. What is not UTF-8 then is U+FFFD.
struct ByteLevelDecoder {
  void operator()(std::vector<std::string>& tokens) const {
    std::string bytes;
    for (const std::string& token : tokens) bytes += from_byte_alphabet(token).value_or(token);
    tokens.assign(1, io::replace_invalid(bytes));
  }
};

/// Each mark becomes a space, but vanishes in the first token, where it may have been put in front.
struct MetaspaceDecoder {
  char32_t replacement = U'\u2581';
  bool prepends = true;  ///< the scheme is not "never"

  void operator()(std::vector<std::string>& tokens) const {
    const std::string mark = utf8_of(replacement);
    for (std::size_t i = 0; i < tokens.size(); ++i) replace_all(tokens[i], mark, i == 0 && prepends ? "" : " ");
  }
};

/// The suffix of a word's last piece becomes a space, but for the last word's.
struct BpeDecoder {
  std::string suffix = "</w>";

  void operator()(std::vector<std::string>& tokens) const {
    if (suffix.empty()) return;
    for (std::size_t i = 0; i < tokens.size(); ++i) replace_all(tokens[i], suffix, i + 1 == tokens.size() ? "" : " ");
  }
};

/// All tokens become one.
struct FuseDecoder {
  void operator()(std::vector<std::string>& tokens) const {
    std::string all;
    for (const std::string& token : tokens) all += token;
    tokens.assign(1, std::move(all));
  }
};

/// Tokens <0x00> to <0xFF> side by side become the text of these bytes; a U+FFFD each if that is not UTF-8.
struct ByteFallbackDecoder {
  void operator()(std::vector<std::string>& tokens) const {
    std::vector<std::string> made;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (io::utf8_prefix(bytes) == bytes.size())
        made.push_back(bytes);
      else
        made.insert(made.end(), bytes.size(), utf8_of(kReplacementCharacter));
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const int byte = byte_of(token); byte >= 0) {
        bytes += static_cast<char>(static_cast<unsigned char>(byte));
        continue;
      }
      flush();
      made.push_back(std::move(token));
    }
    flush();
    tokens.swap(made);
  }

 private:
  static int byte_of(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return -1;
    // Rust's from_str_radix, which tokenizers asks, takes a sign
    if (token[3] == '+') return digit(token[4]);
    const int high = digit(token[3]), low = digit(token[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }
  static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }
};

/// Up to `start` times `content` at the beginning of each token vanish, and up to `stop` at its end.
struct StripDecoder {
  char32_t content = U' ';
  std::size_t start = 0, stop = 0;

  void operator()(std::vector<std::string>& tokens) const {
    const std::string what = utf8_of(content);
    for (std::string& token : tokens) {
      std::string_view left = token;
      for (std::size_t i = 0; i < start && left.starts_with(what); ++i) left.remove_prefix(what.size());
      for (std::size_t i = 0; i < stop && left.ends_with(what); ++i) left.remove_suffix(what.size());
      token = std::string(left);
    }
  }
};

/// Replaces in each token, as the normaliser of this name does.
struct ReplaceDecoder {
  ReplaceNormalizer replace;

  void operator()(std::vector<std::string>& tokens) const {
    for (std::string& token : tokens) {
      NormalText text(token);
      replace(text);
      token = std::string(text.text());
    }
  }
};

/// Connectionist temporal classification (Graves et al. 2006): of equal tokens side by side one is left, padding
/// vanishes; with `cleanup` the delimiter becomes a space, and spaces are cleaned up.
struct CtcDecoder {
  std::string pad_token = "<pad>", word_delimiter_token = "|";
  bool cleanup = true;

  void operator()(std::vector<std::string>& tokens) const {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i] == tokens[i - 1]) continue;
      std::string token = tokens[i];
      if (!pad_token.empty()) replace_all(token, pad_token, "");
      if (cleanup) {
        clean_up(token);
        if (!word_delimiter_token.empty()) replace_all(token, word_delimiter_token, " ");
      }
      if (!token.empty()) made.push_back(std::move(token));
    }
    tokens.swap(made);
  }
};

}  // namespace tuneit::text
