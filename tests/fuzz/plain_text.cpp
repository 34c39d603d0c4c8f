// Plain text in documents.
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::TextFormat::Plain, {});
  fuzz::check_texts(text, io::TextFormat::Plain, {.most_text_bytes = 16});
  fuzz::check_texts(text, io::TextFormat::Plain, {.documents = io::Documents::File});
  return 0;
}
