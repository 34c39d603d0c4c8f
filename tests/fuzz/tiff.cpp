// TIFF files through our use of the decoder.
#include "tuneit/io/image/tiff.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_image(data, size, [](auto bytes, const auto& name, const auto& limits, const auto& part) {
    return io::detail::decode_tiff(bytes, name, limits, part);
  });
  return 0;
}
