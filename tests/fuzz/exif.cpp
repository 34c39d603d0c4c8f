// The EXIF orientation of any bytes, and of any TIFF structure in a whole JPEG: a number from 1 to 8, always the same.
#include "tuneit/io/image/exif.hpp"

#include <algorithm>
#include <vector>

#include "target.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto in_range = [](int found) { fuzz::promise(found >= 1 && found <= 8, "an orientation is 1 to 8"); };
  in_range(io::exif_orientation(fuzz::bytes_of(data, size)));
  const std::size_t inside = std::min<std::size_t>(size, 65'000);
  std::vector<std::uint8_t> jpeg{0xff, 0xd8, 0xff, 0xe1, 0, 0, 'E', 'x', 'i', 'f', 0, 0};
  jpeg[4] = static_cast<std::uint8_t>((inside + 8) >> 8U);
  jpeg[5] = static_cast<std::uint8_t>(inside + 8);
  jpeg.insert(jpeg.end(), data, data + inside);
  const int found = io::exif_orientation(fuzz::bytes_of(jpeg.data(), jpeg.size()));
  in_range(found);
  jpeg.insert(jpeg.end(), {0xff, 0xd9});
  fuzz::promise(io::exif_orientation(fuzz::bytes_of(jpeg.data(), jpeg.size())) == found,
                "what comes behind the segment does not matter");
  return 0;
}
