#pragma once
// Which SHA-256 or SHA-1 has a file, and is it the one that was promised? libcrypto computes.
#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::io {

enum class HashKind { Sha256, Sha1 };

[[nodiscard]] inline const char* name_of(HashKind kind) { return kind == HashKind::Sha256 ? "SHA-256" : "SHA-1"; }

/// A hash over bytes that come in pieces. Throws ErrorKind::Io where libcrypto refuses (SHA-1 under some policies).
class Hash {
 public:
  explicit Hash(HashKind kind) : context_(EVP_MD_CTX_new()) {
    check(context_ != nullptr &&
          EVP_DigestInit_ex(context_.get(), kind == HashKind::Sha256 ? EVP_sha256() : EVP_sha1(), nullptr) == 1);
  }
  void update(std::span<const std::byte> bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  /// The hash in lower-case hexadecimal digits. Call once, at the end.
  [[nodiscard]] std::string digits() {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), value, &size) == 1);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
      out += "0123456789abcdef"[value[i] >> 4U];
      out += "0123456789abcdef"[value[i] & 15U];
    }
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static void check(bool done) {
    if (!done) throw Error(ErrorKind::Io, "the cryptographic library refuses to compute a hash");
  }
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

[[nodiscard]] inline std::string hash_of(std::string_view bytes, HashKind kind = HashKind::Sha256) {
  Hash hash(kind);
  hash.update(std::as_bytes(std::span(bytes)));
  return hash.digits();
}

/// The hash of a whole file. Throws what InputFile throws.
[[nodiscard]] inline std::string hash_of_file(const std::filesystem::path& path, HashKind kind, ErrorKind error_kind) {
  const InputFile file(path, error_kind);
  Hash hash(kind);
  std::vector<std::byte> piece(std::size_t{1} << 20U);
  for (std::uint64_t at = 0; at < file.size();) {
    const std::span<std::byte> next(piece.data(), std::min<std::uint64_t>(piece.size(), file.size() - at));
    file.read(at, next);
    hash.update(next);
    at += next.size();
  }
  return hash.digits();
}

/// What is known of a hash: all its digits, or only the first ones (PyTorch writes eight into the names of its files).
struct Checksum {
  HashKind kind = HashKind::Sha256;
  std::string digits = {};  ///< lower-case hexadecimal; empty: nothing is known

  [[nodiscard]] bool known() const { return !digits.empty(); }
  [[nodiscard]] bool agrees(std::string_view all) const { return all.substr(0, digits.size()) == digits; }
};

[[nodiscard]] inline bool is_hexadecimal(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); });
}

/// The digits of a SHA-256 that the name of a file ends with, as in `resnet18-f37072fd.pth`: behind a hyphen, eight or
/// more, lower-case, before the first dot. Eight that read as a date (20240131) are none. Convention: torch.hub.
[[nodiscard]] inline Checksum checksum_in_name(std::string_view name) {
  name = name.substr(0, name.find('.'));
  const std::size_t hyphen = name.rfind('-');
  if (hyphen == std::string_view::npos) return {};
  const std::string_view digits = name.substr(hyphen + 1);
  if (digits.size() < 8 || digits.size() > 64 || !is_hexadecimal(digits)) return {};
  const bool decimal = digits.find_first_of("abcdef") == std::string_view::npos;
  const std::string_view century = digits.substr(0, 2), month = digits.substr(4, 2), day = digits.substr(6, 2);
  if (digits.size() == 8 && decimal && (century == "19" || century == "20") && "01" <= month && month <= "12" &&
      "01" <= day && day <= "31")
    return {};
  return {HashKind::Sha256, std::string(digits)};
}

}  // namespace tuneit::io
