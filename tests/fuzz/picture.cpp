// Whatever is called a picture: the format is recognised by its first bytes, or what it is instead is named; how many
// pictures follow in it is counted.
#include "check_picture.hpp"
#include "tuneit/io/image/further.hpp"
#include "tuneit/io/image/image.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::check_image(data, size, [](auto bytes, const auto& name, const auto& limits, const auto& part, auto... least) {
    io::ImageFacts facts;
    io::Image out = io::decode_image(bytes, name, limits, part, (0 + ... + least), &facts);
    fuzz::promise(facts.white == 0 || (facts.white >= 255 && facts.white <= 65535),
                  "white is a sample of 8 to 16 bits");
    return out;
  });
  fuzz::promise(io::further_images(fuzz::bytes_of(data, size)) <= 0xffffffffU, "frames and pages are counted");
  return 0;
}
