// Questions and answers in one JSON object.
#include "tuneit/io/text/squad.hpp"
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_texts(fuzz::text_of(data, size), io::parse_squad, {});
  return 0;
}
