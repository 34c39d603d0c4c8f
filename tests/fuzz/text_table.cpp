// Tables of texts, with and without quotes, labels and a header.
#include "check_texts.hpp"
#include "tuneit/io/text/table.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto csv = [](auto&&... all) { io::parse_text_table(all...); };
  const auto tsv = [](auto&&... all) { io::parse_text_table(all..., '\t'); };
  fuzz::check_texts(text, csv, {});
  fuzz::check_texts(text, tsv, {.columns = {"text", "label"}, .quotes = false});
  fuzz::check_texts(text, csv, {.targets = {"label"}, .most_text_bytes = 16});
  fuzz::check_texts(text, csv, {.labels = false});
  return 0;
}
