// What stands in a picture file beside its first picture: EXIF in WebP, further pictures of an animated PNG.
#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

#include <tuneit/io/image/image.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes;

io::Image decode(const Bytes& bytes) { return io::decode_image(test::bytes_of(bytes), "some/file"); }

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }
void append(Bytes& to, const std::string& text) { to.insert(to.end(), text.begin(), text.end()); }
Bytes little(std::size_t value, std::size_t bytes) {
  Bytes out;
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}
Bytes big(std::size_t value, std::size_t bytes = 4) {
  const Bytes other = little(value, bytes);
  return {other.rbegin(), other.rend()};
}

/// A TIFF directory with one entry, the orientation.
Bytes orientation(std::uint8_t value) {
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
}

/// The extended layout of WebP: a header that announces EXIF, the picture of a simple file, the EXIF.
Bytes webp_with_exif(const Bytes& simple, const io::Image& size, Bytes exif) {
  Bytes body;
  append(body, "WEBPVP8X");
  append(body, little(10, 4));
  append(body, little(8, 4));  // flags: EXIF
  append(body, little(static_cast<std::size_t>(size.width - 1), 3));
  append(body, little(static_cast<std::size_t>(size.height - 1), 3));
  body.insert(body.end(), simple.begin() + 12, simple.end());
  append(body, "EXIF");
  append(body, little(exif.size(), 4));
  if (exif.size() % 2 != 0) exif.push_back(0);
  append(body, exif);
  Bytes file;
  append(file, "RIFF");
  append(file, little(body.size(), 4));
  append(file, body);
  return file;
}

Bytes chunk(const std::string& type, const Bytes& data) {
  Bytes out = big(data.size());
  append(out, type);
  append(out, data);
  append(out, big(static_cast<std::size_t>(::crc32(0, out.data() + 4, static_cast<uInt>(out.size() - 4)))));
  return out;
}

/// The compressed pixels of a PNG, all IDAT chunks together.
Bytes pixels_of(const Bytes& png) {
  Bytes out;
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = std::size_t{png[at]} << 24U | std::size_t{png[at + 1]} << 16U |
                               std::size_t{png[at + 2]} << 8U | std::size_t{png[at + 3]};
    const auto data = png.begin() + static_cast<std::ptrdiff_t>(at + 8);
    if (std::string(png.begin() + static_cast<std::ptrdiff_t>(at + 4), data) == "IDAT")
      out.insert(out.end(), data, data + static_cast<std::ptrdiff_t>(length));
    at += 12 + length;
  }
  return out;
}

/// fcTL: one picture of the animation, over all of the canvas.
Bytes frame(std::size_t number, const io::Image& size) {
  Bytes data = big(number);
  for (const int side : {size.width, size.height, 0, 0}) append(data, big(static_cast<std::size_t>(side)));
  append(data, Bytes{0, 1, 0, 10, 0, 0});  // a tenth of a second
  return chunk("fcTL", data);
}

}  // namespace

TEST_CASE("EXIF in WebP is not applied, whatever it says", "[io][picture]") {
  const io::Image picture = test::gradient(24, 16, 70);
  const Bytes simple = test::encode_webp(picture);
  for (std::uint8_t value = 0; value < 10; ++value)
    CHECK(decode(webp_with_exif(simple, picture, orientation(value))).rgb == picture.rgb);
  Bytes loop = orientation(6);
  loop[25] = 8;  // the next directory is this one
  for (const Bytes& exif : {loop, Bytes{}, Bytes{'M'}, Bytes(65'001, 0xff)})
    CHECK(decode(webp_with_exif(simple, picture, exif)).rgb == picture.rgb);
}

TEST_CASE("of an animated PNG the first picture is read, or the one that stands for it", "[io][picture]") {
  const io::Image first = test::gradient(13, 11, 10), second = test::gradient(13, 11, 200);
  const Bytes png = test::encode_png(first);
  const std::size_t after_header = 33;
  Bytes later = big(2);
  append(later, pixels_of(test::encode_png(second)));
  for (const bool first_moves : {true, false}) {
    Bytes file(png.begin(), png.begin() + after_header);
    append(file, chunk("acTL", {0, 0, 0, 2, 0, 0, 0, 0}));
    if (first_moves) append(file, frame(0, first));
    append(file, chunk("IDAT", pixels_of(png)));
    append(file, frame(1, second));
    append(file, chunk("fdAT", later));
    append(file, chunk("IEND", {}));
    CHECK(decode(file).rgb == first.rgb);
  }
}
