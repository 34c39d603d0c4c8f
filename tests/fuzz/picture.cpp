// Whatever is called a picture: the format is recognised by its first bytes, or what it is instead is named.
#include "tuneit/io/picture.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_picture(data, size, [](auto&&... of) { return io::decode_picture(of...); });
  return 0;
}
