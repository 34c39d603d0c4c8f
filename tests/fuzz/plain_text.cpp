// Plain text in documents.
#include "check_texts.hpp"
#include "tuneit/io/text/plain.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::parse_plain_text, {});
  fuzz::check_texts(text, io::parse_plain_text, {.most_text_bytes = 16});
  fuzz::check_texts(text, io::parse_plain_text, {.documents = io::Documents::File});
  return 0;
}
