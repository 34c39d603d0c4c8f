#pragma once
// What should a downloaded file be, and is it?
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "tuneit/io/download/hash.hpp"

namespace tuneit::io {

/// What the file should be, as far as that is known, and which fault it is when it is something else.
struct Expected {
  Checksum checksum = {};
  std::uint64_t bytes = 0;  ///< 0: not known
  ErrorKind error_kind = ErrorKind::Weights;
};

/// Is there a regular file at the path that is what is expected?
[[nodiscard]] inline bool is_as_expected(const std::filesystem::path& path, const Expected& expected) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return false;
  if (expected.bytes > 0 && std::filesystem::file_size(path, failed) != expected.bytes) return false;
  return !expected.checksum.known() ||
         expected.checksum.agrees(hash_of_file(path, expected.checksum.kind, expected.error_kind));
}

}  // namespace tuneit::io
