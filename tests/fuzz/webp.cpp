// WebP files through our use of the decoder.
#include "tuneit/io/webp.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_picture(data, size, [](auto&&... of) { return io::detail::decode_webp(of...); });
  return 0;
}
