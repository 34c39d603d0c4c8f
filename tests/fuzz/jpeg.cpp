// JPEG files through our use of the decoder.
#include "tuneit/io/image/jpeg.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_image(data, size, [](auto&&... of) { return io::detail::decode_jpeg(of...); });
  return 0;
}
