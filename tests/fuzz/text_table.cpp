// Tables of texts, with and without quotes, labels and a header.
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_texts(text, io::TextFormat::Csv, {});
  fuzz::check_texts(text, io::TextFormat::Tsv, {.columns = {"text", "label"}, .quotes = false});
  fuzz::check_texts(text, io::TextFormat::Csv, {.targets = {"label"}, .most_text_bytes = 16});
  fuzz::check_texts(text, io::TextFormat::Csv, {.labels = false});
  return 0;
}
