// PNG files through our use of the decoder.
#include "tuneit/io/image/png.hpp"
#include "check_picture.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_image(data, size, [](auto bytes, const auto& name, const auto& limits, const auto& part) {
    return io::detail::decode_png(bytes, name, limits, part);
  });
  const auto file = fuzz::bytes_of(data, size);
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const auto plain = io::detail::decode_plain_png(file, "a.png", fuzz::image_limits, {});
    if (!plain) return;
    try {
      const io::Image same = io::detail::decode_any_png(file, "a.png", fuzz::image_limits);
      fuzz::promise(same.width == plain->width && same.rgb == plain->rgb, "plain PNGs are what libpng makes of them");
    } catch (const Error&) {
      fuzz::promise(false, "what libpng refuses is not plain");
    }
  });
  return 0;
}
