#pragma once
// What the tests of readers of texts share.
#include <string>
#include <string_view>

#include <tuneit/io/text/example.hpp>
#include <tuneit/io/text/options.hpp>
#include <tuneit/meta/error.hpp>

#include <catch2/catch.hpp>

namespace texts {

using namespace tuneit;

/// By a reader, `parse(bytes, name, options, into)`.
template <class Parse>
io::Texts read(std::string_view bytes, Parse parse, const io::TextOptions& options = {}) {
  io::Texts out;
  parse(bytes, "f", options, out);
  return out;
}
/// The first line of the refusal; empty if there is none.
template <class Parse>
std::string refusal(std::string_view bytes, Parse parse, const io::TextOptions& options = {}) {
  try {
    read(bytes, parse, options);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return {};
}
inline std::string label(const io::TextExample& example) { return std::get<std::string>(example.label); }

}  // namespace texts
