// Questions and answers in one JSON object.
#include "check_texts.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_texts(fuzz::text_of(data, size), io::TextFormat::Squad, {});
  return 0;
}
