#pragma once
// How does text become a field of a table? No LibTorch.
#include <string>

#include "tuneit/meta/quote.hpp"

namespace tuneit::app::detail {

/// A field of a table, which is UTF-8 whatever the bytes of a name are.
inline std::string csv_field(const std::string& bytes) {
  const std::string text = io::utf8_text(bytes);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace tuneit::app::detail
