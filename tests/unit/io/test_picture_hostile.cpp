// Images that ask for too much, kinds that are not decoded, and what stands beside the pixels without touching them.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <tuneit/io/image/image.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes;

io::Image decode(const Bytes& bytes, const io::ImageLimits& limits = {}) {
  return io::decode_image(test::bytes_of(bytes), "some/file.jpg", limits);
}

/// The sentence that decoding throws, or nothing.
std::string refusal(const Bytes& bytes, const io::ImageLimits& limits = {}) {
  try {
    decode(bytes, limits);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    CHECK_THAT(error.what(), Catch::Contains("some/file.jpg"));
    return error.what();
  }
  return {};
}
std::string reading(const std::filesystem::path& path, ErrorKind error_kind, const io::ImageLimits& limits = {}) {
  try {
    io::read_image(path, limits);
  } catch (const Error& error) {
    CHECK(error.kind() == error_kind);
    return error.what();
  }
  return {};
}

void put_big(Bytes& bytes, std::uint32_t value) {
  for (unsigned shift = 32; shift > 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
}
/// A chunk of a PNG, with its checksum.
Bytes chunk(const std::string& type, const Bytes& data) {
  Bytes out;
  put_big(out, static_cast<std::uint32_t>(data.size()));
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  put_big(out, static_cast<std::uint32_t>(::crc32(0, out.data() + 4, static_cast<uInt>(out.size() - 4))));
  return out;
}
constexpr std::size_t after_header = 33;  // of a PNG: signature and IHDR
Bytes with(Bytes bytes, std::size_t at, const Bytes& more) {
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
  return bytes;
}
Bytes png_claiming(std::uint32_t width, std::uint32_t height) {
  const Bytes good = test::encode_png(test::gradient(4, 4));
  Bytes header;
  put_big(header, width);
  put_big(header, height);
  header.insert(header.end(), {8, 2, 0, 0, 0});
  Bytes out(good.begin(), good.begin() + 8);
  const Bytes ihdr = chunk("IHDR", header);
  out.insert(out.end(), ihdr.begin(), ihdr.end());
  out.insert(out.end(), good.begin() + after_header, good.end());
  return out;
}
std::size_t frame_header(const Bytes& jpeg, std::uint8_t marker = 0xc0) {
  for (std::size_t at = 0; at + 9 < jpeg.size(); ++at)
    if (jpeg[at] == 0xff && jpeg[at + 1] == marker) return at;
  FAIL("no frame header");
  return 0;
}
/// An APP1 segment behind the start of a JPEG: "Exif", then these bytes.
Bytes with_exif(const Bytes& jpeg, const Bytes& tiff, std::size_t announced = 0) {
  Bytes segment{0xff, 0xe1, 0, 0, 'E', 'x', 'i', 'f', 0, 0};
  segment.insert(segment.end(), tiff.begin(), tiff.end());
  const std::size_t length = announced != 0 ? announced : segment.size() - 2;
  segment[2] = static_cast<std::uint8_t>(length >> 8U);
  segment[3] = static_cast<std::uint8_t>(length);
  return with(jpeg, 2, segment);
}
Bytes orientation(std::uint8_t value) {
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
}

}  // namespace

TEST_CASE("a small file cannot ask for much memory", "[io][picture][hostile]") {
  CHECK_THAT(refusal(png_claiming(1, 1'000'000)),
             Catch::Contains("1 x 1000000 pixels") && Catch::Contains("65500 a side"));
  CHECK_THAT(refusal(png_claiming(0x7fffffff, 1)), Catch::Contains("2147483647 x 1 pixels"));
  // 64 million pixels are within the limits, but not in 150 bytes
  CHECK_THAT(refusal(png_claiming(8'000, 8'000)),
             Catch::Contains("8000 x 8000 pixels, and the file has") && Catch::Contains("made to fill the memory"));
  CHECK_THAT(refusal(png_claiming(4'000, 4'000)), Catch::Contains("damaged PNG"));

  Bytes jpeg = test::encode_jpeg(test::gradient(16, 16));
  const std::size_t at = frame_header(jpeg);
  jpeg[at + 5] = jpeg[at + 7] = 8000 >> 8;
  jpeg[at + 6] = jpeg[at + 8] = 8000 & 255;
  CHECK_THAT(refusal(jpeg), Catch::Contains("8000 x 8000 pixels, and the file has"));

  Bytes webp = test::encode_webp(test::gradient(2, 2));
  REQUIRE(webp[20] == 0x2f);  // lossless: width - 1 and height - 1 follow with 14 bits each
  const std::uint32_t sizes = 7999U | 7999U << 14U;
  std::memcpy(webp.data() + 21, &sizes, 4);
  CHECK_THAT(refusal(webp), Catch::Contains("8000 x 8000 pixels, and the file has"));

  // The limits can be others.
  const Bytes png = test::encode_png(test::gradient(30, 10));
  CHECK_THAT(refusal(png, {.pixels = 299}), Catch::Contains("The limits are 299 pixels in all"));
  CHECK_THAT(refusal(png, {.side = 29}), Catch::Contains("and 29 a side"));
  CHECK(refusal(png, {.pixels = 300, .side = 30}).empty());
  const test::TempFolder folder;
  const auto path = folder.write("a.png", png);
  CHECK_THAT(reading(path, ErrorKind::Data, {.file_bytes = 20}), Catch::Contains("more than the 20 that are accepted"));
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 30U) + 1);  // a hole: takes no room on the disk
  CHECK_THAT(reading(path, ErrorKind::Data), Catch::Contains("has 1073741825 bytes"));
}

TEST_CASE("texts and profiles that unpack to gigabytes are passed over", "[io][picture][hostile]") {
  Bytes zeros(20'000'000), packed(100'000);
  uLongf size = packed.size();
  REQUIRE(::compress2(packed.data(), &size, zeros.data(), zeros.size(), 9) == Z_OK);
  packed.resize(size);
  const io::Image picture = test::gradient(13, 11, 5);
  const Bytes png = test::encode_png(picture);
  Bytes text{'k', 0, 0}, profile{'p', 0, 0}, international{'k', 0, 1, 0, 0, 0};
  for (Bytes* data : {&text, &profile, &international}) data->insert(data->end(), packed.begin(), packed.end());
  CHECK(decode(with(png, after_header, chunk("zTXt", text))).rgb == picture.rgb);
  CHECK(decode(with(png, after_header, chunk("iCCP", profile))).rgb == picture.rgb);
  CHECK(decode(with(png, after_header, chunk("iTXt", international))).rgb == picture.rgb);
  Bytes many = png;
  for (int i = 0; i < 2000; ++i) many = with(many, after_header, chunk("tEXt", {'k', 0, 'v'}));
  CHECK(refusal(many).empty());
  // A PNG that moves shows its first picture.
  CHECK(decode(with(png, after_header, chunk("acTL", {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0}))).rgb == picture.rgb);
}

TEST_CASE("a JPEG of many scans is refused, one of a few is not", "[io][picture][hostile]") {
  const auto one_by_one = [](jpeg_compress_struct& encoder) {
    static const jpeg_scan_info scans[] = {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
    encoder.scan_info = scans;
    encoder.num_scans = 3;
  };
  const Bytes jpeg = test::encode_jpeg(test::gradient(16, 16), false, 3, one_by_one);
  CHECK(refusal(jpeg).empty());
  std::size_t last = 0;
  for (std::size_t at = 0; at + 1 < jpeg.size(); ++at)
    if (jpeg[at] == 0xff && jpeg[at + 1] == 0xda) last = at;
  const Bytes scan(jpeg.begin() + static_cast<std::ptrdiff_t>(last), jpeg.end() - 2);
  const auto repeated = [&](int times) {
    Bytes out = jpeg;
    for (int i = 0; i < times; ++i) out = with(out, out.size() - 2, scan);
    return out;
  };
  CHECK(refusal(repeated(50)).empty());
  CHECK_THAT(refusal(repeated(200)), Catch::Contains("more than 100 scans"));
}

TEST_CASE("kinds of JPEG: what is decoded and what is named", "[io][picture][hostile]") {
  const io::Image picture = test::gradient(32, 24, 90);
  const Bytes plain = test::encode_jpeg(picture);
  const Bytes arithmetic =
      test::encode_jpeg(picture, false, 3, [](jpeg_compress_struct& encoder) { encoder.arith_code = TRUE; });
  CHECK(decode(arithmetic).rgb == decode(plain).rgb);
  Bytes twelve = plain, lossless = plain;
  twelve[frame_header(plain) + 4] = 12;
  lossless[frame_header(plain) + 1] = 0xc3;
  CHECK_THAT(refusal(twelve), Catch::Contains("damaged or unsupported JPEG") && Catch::Contains("precision 12"));
  CHECK_THAT(refusal(lossless), Catch::Contains("damaged or unsupported JPEG") && Catch::Contains("0xc3"));
  CHECK_THAT(refusal(test::encode_jpeg(picture, false, 2)), Catch::Contains("2 colour components"));
  // YCCK: the same inks through Adobe's other transform
  const io::Image flat{16, 16, io::Pixels(768, 180)};
  const auto ycck = [](jpeg_compress_struct& encoder) { jpeg_set_colorspace(&encoder, JCS_YCCK); };
  const io::Image a = decode(test::encode_jpeg(flat, false, 4)), b = decode(test::encode_jpeg(flat, false, 4, ycck));
  for (std::size_t i = 0; i < a.rgb.size(); ++i) REQUIRE(std::abs(int{a.rgb[i]} - int{b.rgb[i]}) <= 2);
}

TEST_CASE("kinds of PNG give the pixels that Pillow gives", "[io][picture]") {
  const struct {
    int colour;
    std::vector<int> depths;
  } kinds[] = {{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
               {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
               {PNG_COLOR_TYPE_RGB, {8, 16}},
               {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
               {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}};
  for (const auto& kind : kinds)
    for (const int depth : kind.depths) {
      INFO("colour type " << kind.colour << ", " << depth << " bits");
      const int width = 9, height = 7;
      const io::Image picture = decode(test::encode_png(kind.colour, depth, PNG_INTERLACE_NONE, width, height));
      CHECK(decode(test::encode_png(kind.colour, depth, PNG_INTERLACE_ADAM7, width, height)).rgb == picture.rgb);
      // The generator's bytes again, unpacked by hand.
      const std::size_t channels = kind.colour == PNG_COLOR_TYPE_RGB          ? 3
                                   : kind.colour == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
                                   : kind.colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                                              : 1;
      const std::size_t row_bytes = (width * channels * static_cast<std::size_t>(depth) + 7) / 8;
      std::uint8_t value = 0;
      for (std::size_t y = 0; y < height; ++y) {
        Bytes row(row_bytes);
        for (std::uint8_t& byte : row) byte = value = static_cast<std::uint8_t>(value * 5 + 37);
        for (std::size_t x = 0; x < width; ++x)
          for (std::size_t c = 0; c < 3; ++c) {
            int expected = 0;
            const std::size_t channel = channels >= 3 ? c : 0;
            if (kind.colour == PNG_COLOR_TYPE_PALETTE) {
              expected = c == 0 ? 255 : c == 1 ? 10 : 20;  // transparent, and shown all the same
            } else if (depth == 16) {
              const std::size_t at = 2 * (x * channels + channel);
              // Pillow's high byte but for grey, which it cuts at 255: scaled, and rounded
              expected = kind.colour != PNG_COLOR_TYPE_GRAY ? row[at] : (256 * row[at] + row[at + 1] + 128) / 257;
            } else if (depth == 8) {
              expected = row[x * channels + channel];
            } else {
              const std::size_t bit = x * static_cast<std::size_t>(depth);
              const int most = (1 << depth) - 1;
              expected = (row[bit / 8] >> (8 - depth - static_cast<int>(bit % 8)) & most) * 255 / most;
            }
            REQUIRE(int{picture.rgb[3 * (y * width + x) + c]} == expected);
          }
      }
    }
}

TEST_CASE("EXIF is not applied, and may be as wrong as it likes", "[io][picture][hostile]") {
  const Bytes jpeg = test::encode_jpeg(test::gradient(24, 16));
  const io::Pixels pixels = decode(jpeg).rgb;
  for (const std::uint8_t value : Bytes{0, 1, 3, 6, 8, 9, 255})
    CHECK(decode(with_exif(jpeg, orientation(value))).rgb == pixels);
  Bytes loop = orientation(6), far = orientation(6);
  loop[25] = 8;  // the next directory is this one
  far[4] = 0xff;
  CHECK(decode(with_exif(jpeg, loop)).rgb == pixels);
  CHECK(decode(with_exif(jpeg, far)).rgb == pixels);
  CHECK(decode(with_exif(jpeg, {'M', 'M'})).rgb == pixels);
  CHECK(decode(with_exif(jpeg, Bytes(65'000, 0xff))).rgb == pixels);
  CHECK_FALSE(refusal(with_exif(jpeg, orientation(6), 60'000)).empty());  // reaches beyond the end
  const Bytes png = test::encode_png(test::gradient(24, 16));
  CHECK(decode(with(png, after_header, chunk("eXIf", orientation(6)))).rgb == test::gradient(24, 16).rgb);
}

TEST_CASE("a picture that may not be read, or is gone, is an error with its name", "[io][picture][hostile]") {
  const test::TempFolder folder;
  const auto path = folder.write("secret.png", test::encode_png(test::gradient(4, 4)));
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::seteuid(65534) == 0);
  const std::string message = reading(path, ErrorKind::Io);
  if (root) REQUIRE(::seteuid(0) == 0);
  CHECK_THAT(message, Catch::Contains("secret.png' may not be read: permission denied"));
  std::filesystem::remove(path);
  CHECK_THAT(reading(path, ErrorKind::Io), Catch::Contains("secret.png' does not exist"));
}
