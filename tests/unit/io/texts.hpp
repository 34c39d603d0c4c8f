#pragma once
// What the tests of readers of texts share.
#include <string>
#include <string_view>

#include <tuneit/io/text/read.hpp>

#include <catch2/catch.hpp>

namespace texts {

using namespace tuneit;
using io::TextFormat;

inline io::Texts read(std::string_view bytes, TextFormat format, const io::TextOptions& options = {}) {
  io::Texts out;
  io::parse_texts(bytes, "f", format, options, out);
  return out;
}
/// The first line of the refusal; empty if there is none.
inline std::string refusal(std::string_view bytes, TextFormat format, const io::TextOptions& options = {}) {
  try {
    read(bytes, format, options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return {};
}
inline std::string label(const io::TextExample& example) { return std::get<std::string>(example.label); }

}  // namespace texts
