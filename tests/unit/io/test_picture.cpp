// Are pictures decoded, and are damaged, hostile and foreign files refused with a sentence that helps?
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include <tuneit/io/image/image.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes;

/// The sentence that decoding throws, or nothing.
std::string refusal(const Bytes& bytes) {
  try {
    io::decode_image(test::bytes_of(bytes), "some/file.jpg");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    CHECK(std::string(error.what()).find("some/file.jpg") != std::string::npos);
    return error.what();
  }
  return {};
}

Bytes text(std::string_view words) { return {words.begin(), words.end()}; }

int largest_difference(const io::Image& a, const io::Image& b) {
  REQUIRE(a.width == b.width);
  REQUIRE(a.height == b.height);
  REQUIRE(a.rgb.size() == b.rgb.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) largest = std::max(largest, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
  return largest;
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// A PNG that claims any size; the header's CRC is right, so that the size is what is judged.
Bytes png_claiming(std::uint32_t width, std::uint32_t height) {
  Bytes png = test::encode_png(test::gradient(4, 4));
  put32(png, 16, width);
  put32(png, 20, height);
  std::uint32_t crc = 0xffffffffU;  // of the bytes 12 .. 28: type and header
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= png[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  put32(png, 29, ~crc);
  return png;
}

}  // namespace

TEST_CASE("PNG and lossless WebP come back exactly, JPEG closely", "[io][picture]") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 7}, {7, 1}, {33, 17}, {64, 48}}) {
    const io::Image picture = test::gradient(width, height, 90);
    CHECK(io::decode_image(test::bytes_of(test::encode_png(picture)), "a").rgb == picture.rgb);
    CHECK(io::decode_image(test::bytes_of(test::encode_webp(picture)), "a").rgb == picture.rgb);
  }
  const io::Image picture = test::gradient(64, 48, 90);
  for (const bool progressive : {false, true})
    CHECK(largest_difference(io::decode_image(test::bytes_of(test::encode_jpeg(picture, progressive)), "a"), picture) <
          16);
}

TEST_CASE("grey JPEG has equal channels and CMYK is turned over as Pillow does", "[io][picture]") {
  const io::Image picture = test::gradient(32, 32);
  const io::Image grey = io::decode_image(test::bytes_of(test::encode_jpeg(picture, false, 1)), "a");
  for (std::size_t i = 0; i < grey.rgb.size(); i += 3) {
    REQUIRE(grey.rgb[i] == grey.rgb[i + 1]);
    REQUIRE(grey.rgb[i] == grey.rgb[i + 2]);
  }
  // File bytes c, m, y, k mean (255 - c) ... of ink: rgb = c * k / 255.
  io::Image flat{8, 8, io::Pixels(192, 200)};
  const io::Image cmyk = io::decode_image(test::bytes_of(test::encode_jpeg(flat, false, 4)), "a");
  CHECK(std::abs(int{cmyk.rgb[0]} - 200 * 200 / 255) <= 2);
}

TEST_CASE("what is no picture that is read is named", "[io][picture]") {
  using namespace std::string_view_literals;
  CHECK(refusal({}).find("empty") != std::string::npos);
  // Known by their first bytes, and damaged behind them; other files begin like BMP and PNM, too.
  CHECK(refusal(text("GIF89a....")).find("damaged GIF") != std::string::npos);
  CHECK(refusal(text("BM......")).find("BMP") != std::string::npos);
  CHECK(refusal(text("BMW is a maker of cars")).find("not a picture") != std::string::npos);
  CHECK(refusal(text("II*\0....."sv)).find("damaged TIFF") != std::string::npos);
  CHECK(refusal(text("P5 # of what?\n")).find("damaged PNM") != std::string::npos);
  CHECK(refusal(text("P1 is what comes first")).find("not a picture") != std::string::npos);
  CHECK(refusal(text("8BPS.........")).find("Photoshop") != std::string::npos);
  CHECK(refusal(text("\0\0\0\x0cJXL \x0d\x0a"sv)).find("JPEG XL") != std::string::npos);
  CHECK(refusal(text("\0\0\0\x0cjP  \x0d\x0a"sv)).find("JPEG 2000") != std::string::npos);
  CHECK(refusal(text("\0\0\0\x18"
                     "ftypavif...."sv))
            .find("convert") != std::string::npos);
  CHECK(refusal(text("\0\0\0\x18"
                     "ftypheic...."sv))
            .find("HEIC") != std::string::npos);
  CHECK(refusal(text("\0\0\0\x18"
                     "ftypavif...."sv))
            .find("AVIF") != std::string::npos);
  CHECK(refusal(text(" \n<!DOCTYPE html><html>404")).find("HTML") != std::string::npos);
  CHECK(refusal(text("<svg xmlns=")).find("SVG") != std::string::npos);
  CHECK(refusal(text("%PDF-1.4")).find("PDF") != std::string::npos);
  CHECK(refusal(text("version https://git-lfs.github.com/spec/v1")).find("git-LFS") != std::string::npos);
  CHECK(refusal(text("path,label")).find("not a picture") != std::string::npos);
  CHECK(refusal(text("\xff")).find("not a picture") != std::string::npos);
}

TEST_CASE("a file cut short anywhere is refused, never filled with grey", "[io][picture]") {
  const io::Image picture = test::gradient(48, 40, 30);
  for (Bytes whole : {test::encode_png(picture), test::encode_webp(picture), test::encode_jpeg(picture),
                      test::encode_jpeg(picture, true)}) {
    CHECK(refusal(whole).empty());
    for (std::size_t keep = whole.size() - 1;; keep = keep > 300 ? keep - 7 : keep - 1) {
      INFO(keep << " of " << whole.size());
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(keep));
      REQUIRE_FALSE(refusal(cut).empty());
      if (keep == 0) break;
    }
  }
}

TEST_CASE("flipped bytes give a picture or a refusal, and nothing worse", "[io][picture]") {
  const io::Image picture = test::gradient(40, 40, 30);
  for (const Bytes& whole : {test::encode_png(picture), test::encode_webp(picture), test::encode_jpeg(picture),
                             test::encode_jpeg(picture, true), test::encode_jpeg(picture, false, 4)})
    for (std::size_t at = 12; at < whole.size(); ++at)
      for (const int flip : {0x01, 0x80, 0xff}) {
        Bytes bad = whole;
        bad[at] = static_cast<std::uint8_t>(bad[at] ^ flip);
        try {
          const io::Image out = io::decode_image(test::bytes_of(bad), "a");
          REQUIRE(out.rgb.size() == static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
        } catch (const Error&) {
        }
      }
}

TEST_CASE("sizes are judged from the header", "[io][picture]") {
  CHECK(refusal(png_claiming(65'501, 1)).find("65501 x 1") != std::string::npos);
  CHECK(refusal(png_claiming(0x7fffffff, 0x7fffffff)).find("limits") != std::string::npos);
  CHECK(refusal(png_claiming(9'460, 9'460)).find("limits") != std::string::npos);
  CHECK_FALSE(refusal(png_claiming(0, 5)).empty());
  CHECK(refusal(png_claiming(4, 4)).empty());

  Bytes jpeg = test::encode_jpeg(test::gradient(16, 16));
  for (std::size_t at = 0; at + 9 < jpeg.size(); ++at)
    if (jpeg[at] == 0xff && jpeg[at + 1] == 0xc0) {
      for (std::size_t i = 5; i < 9; ++i) jpeg[at + i] = 0xf0;  // 61680 x 61680
      break;
    }
  CHECK(refusal(jpeg).find("61680 x 61680") != std::string::npos);
}

TEST_CASE("a JPEG of too many scans is refused", "[io][picture]") {
  // Repeats the last scan of a progressive file: legal to parse, and the decoder would go over the picture each time.
  Bytes jpeg = test::encode_jpeg(test::gradient(16, 16), true);
  std::size_t last = 0;
  for (std::size_t at = 0; at + 1 < jpeg.size(); ++at)
    if (jpeg[at] == 0xff && jpeg[at + 1] == 0xda) last = at;
  const Bytes scan(jpeg.begin() + static_cast<std::ptrdiff_t>(last), jpeg.end() - 2);
  Bytes bomb(jpeg.begin(), jpeg.end() - 2);
  for (int i = 0; i < 200; ++i) bomb.insert(bomb.end(), scan.begin(), scan.end());
  bomb.insert(bomb.end(), {0xff, 0xd9});
  CHECK_FALSE(refusal(bomb).empty());
}

TEST_CASE("an animated WebP without frames is refused", "[io][picture]") {
  // RIFF / VP8X with the animation flag on a canvas of 4 x 4.
  Bytes webp = text("RIFF");
  const Bytes body{0x16, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'X', 10, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 3, 0, 0};
  webp.insert(webp.end(), body.begin(), body.end());
  CHECK(refusal(webp).find("first frame") != std::string::npos);
}

TEST_CASE("only regular files are read", "[io][picture]") {
  const test::TempFolder folder;
  const auto reason = [](const std::filesystem::path& path) {
    try {
      io::read_image(path);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto png = folder.write("wrong name.jpg", test::encode_png(test::gradient(5, 4)));
  CHECK(io::read_image(png).width == 5);
  CHECK(reason(folder.path() / "missing.png").find("missing.png") != std::string::npos);
  CHECK(reason(folder.path()).find("a directory") != std::string::npos);
  const auto fifo = folder.path() / "fifo.png";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(reason(fifo).find("pipe") != std::string::npos);
  CHECK(reason(folder.write("empty.png", "")).find("empty") != std::string::npos);
}
