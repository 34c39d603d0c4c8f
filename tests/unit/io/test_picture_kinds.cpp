// Are BMP, TIFF, GIF, PNM and animations decoded to their pixels, and is what else a file holds counted?
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <tuneit/io/image/further.hpp>
#include <tuneit/io/image/image.hpp>
#include <tuneit/io/image/upright.hpp>

#include <catch2/catch.hpp>

#include "../data/more_picture_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes;

io::Image decoded(const Bytes& bytes, io::ImageFacts* facts = nullptr) {
  return io::decode_image(test::bytes_of(bytes), "a", {}, {}, 0, facts);
}
std::uint64_t further(const Bytes& bytes) { return io::further_images(test::bytes_of(bytes)); }
Bytes text(std::string_view words) { return {words.begin(), words.end()}; }
io::Pixels grey_of(const io::Image& picture) {
  io::Pixels out = picture.rgb;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = picture.rgb[i / 3 * 3];
  return out;
}

}  // namespace

TEST_CASE("BMP, TIFF and PNM come back exactly", "[io][picture]") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 7}, {7, 1}, {33, 17}, {64, 48}}) {
    const io::Image picture = test::gradient(width, height, 90);
    CHECK(decoded(test::encode_bmp(picture)).rgb == picture.rgb);
    CHECK(decoded(test::encode_ppm(picture)).rgb == picture.rgb);
    for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS})
      for (const int tile : {0, 16}) {
        CHECK(decoded(test::encode_tiff(picture, compression, PHOTOMETRIC_RGB, tile)).rgb == picture.rgb);
        CHECK(decoded(test::encode_tiff(picture, compression, PHOTOMETRIC_MINISBLACK, tile)).rgb == grey_of(picture));
      }
  }
}

TEST_CASE("a JPEG or fax in a TIFF is decoded", "[io][picture]") {
  const io::Image picture = test::gradient(64, 48, 90);
  for (const int photometric : {PHOTOMETRIC_RGB, PHOTOMETRIC_YCBCR}) {
    const io::Image out = decoded(test::encode_tiff(picture, COMPRESSION_JPEG, photometric));
    REQUIRE(out.rgb.size() == picture.rgb.size());
    int largest = 0;
    for (std::size_t i = 0; i < out.rgb.size(); ++i)
      largest = std::max(largest, std::abs(int{out.rgb[i]} - int{picture.rgb[i]}));
    CHECK(largest < 40);
  }
  for (const int compression : {COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4}) {
    const io::Image out = decoded(test::encode_tiff(picture, compression, PHOTOMETRIC_MINISWHITE));
    REQUIRE(out.rgb.size() == picture.rgb.size());
    for (std::size_t i = 0; i < out.rgb.size(); ++i) REQUIRE(out.rgb[i] == (picture.rgb[i / 3 * 3] > 100 ? 0 : 255));
  }
}

TEST_CASE("a GIF's first frame is read, interlaced or not, and further ones are counted", "[io][picture]") {
  const io::Image first = test::gradient(21, 13), second = test::gradient(21, 13, 200);
  for (const bool interlaced : {false, true}) {
    const io::Image out = decoded(test::encode_gif({first, second, second}, interlaced));
    REQUIRE(out.rgb.size() == first.rgb.size());
    for (std::size_t p = 0; p < out.rgb.size(); p += 3) {
      REQUIRE(out.rgb[p] == first.rgb[p]);
      REQUIRE(out.rgb[p + 1] == 255 - first.rgb[p]);
      REQUIRE(out.rgb[p + 2] == 7);
    }
  }
  CHECK(further(test::encode_gif({first})) == 0);
  CHECK(further(test::encode_gif({first, second, second})) == 2);
}

TEST_CASE("of an animated WebP the first frame is read, and further ones are counted", "[io][picture]") {
  const io::Image first = test::gradient(21, 13), second = test::gradient(21, 13, 200);
  const Bytes animated = test::encode_animated_webp({first, second, second});
  CHECK(decoded(animated).rgb == first.rgb);
  CHECK(further(animated) == 2);
  CHECK(further(test::encode_webp(first)) == 0);
}

TEST_CASE("of a TIFF the first page is read, and further ones are counted", "[io][picture]") {
  const io::Image first = test::gradient(21, 13), second = test::gradient(9, 30, 200);
  const Bytes pages = test::encode_tiff_pages({first, second, second, second});
  CHECK(decoded(pages).rgb == first.rgb);
  CHECK(further(pages) == 3);
  CHECK(further(test::encode_tiff(first)) == 0);
  const Bytes with_small_copy = test::encode_tiff_with([&](TIFF* tiff) {
    test::write_tiff_page(tiff, first);
    TIFFWriteDirectory(tiff);
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
    test::write_tiff_page(tiff, second);
    TIFFWriteDirectory(tiff);
  });
  CHECK(further(with_small_copy) == 0);
}

TEST_CASE("PNM pictures that follow each other are counted; other files hold no further ones", "[io][picture]") {
  const Bytes one = test::encode_ppm(test::gradient(5, 3));
  Bytes three = one;
  for (int i = 0; i < 2; ++i) three.insert(three.end(), one.begin(), one.end());
  CHECK(further(one) == 0);
  CHECK(further(three) == 2);
  CHECK(further(test::encode_png(test::gradient(5, 3))) == 0);
  CHECK(further(test::encode_jpeg(test::gradient(5, 3))) == 0);
  CHECK(further(test::encode_bmp(test::gradient(5, 3))) == 0);
  CHECK(further({}) == 0);
}

TEST_CASE("a TIFF is turned as its orientation says, once", "[io][picture]") {
  const io::Image picture = test::gradient(21, 13, 90);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes bytes = test::encode_tiff_with([&](TIFF* tiff) {
      TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
      test::write_tiff_page(tiff, picture);
    });
    const io::Image right = io::upright(picture, orientation);
    const test::TempFolder folder;
    CHECK(decoded(bytes).rgb == right.rgb);
    CHECK(io::read_upright(folder.write("a", bytes)).rgb == right.rgb);
  }
}

TEST_CASE("run lengths and bit fields of BMP", "[io][picture]") {
  const auto index = [](const io::Image& picture, int x, int y) {  // by bmp_of's palette; beyond it is black
    const std::size_t at = 3 * static_cast<std::size_t>(y * picture.width + x);
    const std::uint32_t colour =
        static_cast<std::uint32_t>(picture.rgb[at] << 16U | picture.rgb[at + 1] << 8U | picture.rgb[at + 2]);
    for (std::uint32_t i = 0; i < 16; ++i)
      if (i * 0x0a1b2c % 0x1000000 == colour) return static_cast<int>(i);
    return -1;
  };
  // What a row leaves out has index 0.
  const io::Image runs = decoded(test::bmp_of(4, 3, 8, 1, 16, {2, 5, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1}));
  const std::array<std::array<int, 4>, 3> right{{{0, 0, 0, 0}, {1, 2, 3, 0}, {5, 5, 0, 0}}};
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 4; ++x)
      CHECK(index(runs, x, y) == right[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)]);
  // Several indices that are more than their row go on in the next one, whose runs of one are then too many.
  const io::Image over = decoded(test::bmp_of(3, 2, 8, 1, 16, {0, 5, 1, 2, 3, 4, 5, 0, 2, 9, 0, 0, 0, 1}));
  const std::array<std::array<int, 3>, 2> flown{{{4, 5, 0}, {1, 2, 3}}};
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x)
      CHECK(index(over, x, y) == flown[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)]);
  // Fields that Pillow does not know: 4 bits each.
  Bytes fields = test::bmp_of(1, 1, 16, 3, 3, {0x5f, 0x0a, 0, 0});
  const std::uint32_t masks[] = {0x0f00, 0x00f0, 0x000f};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 4; ++i) fields[54 + 4 * c + i] = static_cast<std::uint8_t>(masks[c] >> (8 * i));
  CHECK(decoded(fields).rgb == io::Pixels{0xaa, 0x55, 0xff});
}

TEST_CASE("numbers and comments of plain PNM", "[io][picture]") {
  CHECK(decoded(text("P1 #c\n2 1\n0 1")).rgb == io::Pixels{255, 255, 255, 0, 0, 0});
  CHECK(decoded(text("P1 2 1 01")).rgb == io::Pixels{255, 255, 255, 0, 0, 0});
  CHECK(decoded(text("P3\n1 1#c\n#d\n10\n0\t5#e\n10")).rgb == io::Pixels{0, 128, 255});
  CHECK(decoded(text("P2 1 1 3\n2 and more")).rgb == io::Pixels{170, 170, 170});
}

TEST_CASE("grey of more than 8 bits is scaled by its range", "[io][picture]") {
  const auto grey = [](std::vector<std::uint16_t> samples, int most = 65535) {
    return test::encode_pgm16(static_cast<int>(samples.size()), 1, samples, most);
  };
  struct Case {
    std::vector<std::uint16_t> samples;
    int most;
    std::uint32_t white;
    std::vector<int> bytes;
  };
  const Case cases[] = {{{0, 255, 256, 65535}, 65535, 65535, {0, 1, 1, 255}},
                        {{0, 257, 32896, 40000}, 65535, 65535, {0, 1, 128, 156}},
                        {{0, 2048, 4095}, 65535, 4095, {0, 128, 255}},  // 12 bits
                        {{0, 2048, 4096}, 65535, 65535, {0, 8, 16}},
                        {{0, 100, 255}, 65535, 255, {0, 100, 255}},   // 8 bits
                        {{0, 500, 1000}, 1000, 1000, {0, 128, 255}},  // what the file says
                        {{0, 0, 0}, 65535, 255, {0, 0, 0}}};
  for (const Case& c : cases) {
    INFO(c.white << " " << c.samples.back());
    io::ImageFacts facts;
    const io::Image out = decoded(grey(c.samples, c.most), &facts);
    CHECK(facts.white == c.white);
    for (std::size_t p = 0; p < c.bytes.size(); ++p)
      for (std::size_t i = 0; i < 3; ++i) CHECK(out.rgb[3 * p + i] == c.bytes[p]);
  }
  io::ImageFacts facts;
  decoded(test::encode_ppm(test::gradient(4, 4)), &facts);
  CHECK(facts.white == 0);
  // The same samples in PNG and TIFF are the same bytes.
  const Bytes png = test::encode_png(PNG_COLOR_TYPE_GRAY, 16, PNG_INTERLACE_NONE, 9, 4);
  const io::Image of_png = decoded(png, &facts);
  CHECK(facts.white == 65535);
  CHECK_FALSE(io::is_constant(of_png));
}

TEST_CASE("a picture of one colour is told from all others", "[io][picture]") {
  io::Image flat{7, 5, io::Pixels(3 * 35)};
  for (std::size_t i = 0; i < flat.rgb.size(); ++i) flat.rgb[i] = static_cast<std::uint8_t>(40 * (i % 3));
  CHECK(io::is_constant(flat));
  for (const std::size_t at : {std::size_t{0}, std::size_t{50}, flat.rgb.size() - 1}) {
    io::Image other = flat;
    other.rgb[at] ^= 1U;
    CHECK_FALSE(io::is_constant(other));
  }
}
