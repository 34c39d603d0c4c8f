// JSON lines: texts, words, questions.
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::TextFormat::JsonLines, {});
  fuzz::check_texts(text, io::TextFormat::JsonLines, {.labels = false, .most_text_bytes = 16});
  return 0;
}
