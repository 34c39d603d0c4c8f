// GIF files through our use of the decoder.
#include "tuneit/io/image/gif.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_image(data, size, io::detail::decode_gif);
  return 0;
}
