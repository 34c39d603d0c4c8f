#pragma once
// What must every reader of bytes from strangers do? Give a value that keeps its promises, or refuse with a
// tuneit::Error whose sentence can be printed. Anything else (another exception, a broken promise) ends the process,
// which libFuzzer and the replay report with the bytes that caused it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

/// The entry of libFuzzer, one in each file of this folder that is named after a reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tuneit::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}
inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Runs `read`. It may throw Error with this fault; the message must be short UTF-8 without control characters but line
/// breaks, whatever the bytes were.
template <class Read>
void accept_or_refuse(ErrorKind error_kind, Read read) {
  try {
    read();
  } catch (const Error& error) {
    const std::string_view message = error.what();
    promise(error.kind() == error_kind, "the fault is of the expected family");
    promise(!message.empty() && message.size() < 4000, "the message is neither empty nor endless");
    promise(io::is_utf8(message), "the message is UTF-8");
    for (const char c : message)
      promise(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F),
              "the message has no control characters");
  }
}

}  // namespace tuneit::fuzz
