// JSON lines: texts, words, questions.
#include "tuneit/io/text/json_lines.hpp"
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::parse_json_lines, {});
  fuzz::check_texts(text, io::parse_json_lines, {.labels = false, .most_text_bytes = 16});
  return 0;
}
