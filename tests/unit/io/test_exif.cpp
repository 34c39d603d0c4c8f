// Which way up? EXIF of JPEG, PNG and WebP, right and wrong, and what is made of it. Against Pillow itself:
// tests/parity/test_data_pictures.cpp.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tuneit/io/image/upright.hpp>

#include <catch2/catch.hpp>

#include "../data/exif_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes, test::exif, test::number;

int orientation(const Bytes& file) { return io::exif_orientation(test::bytes_of(file)); }

/// The three kinds of file with this EXIF.
std::vector<Bytes> files_with(const Bytes& tiff) {
  static const io::Image picture = test::gradient(24, 16, 70);
  static const Bytes jpeg = test::encode_jpeg(picture), png = test::encode_png(picture),
                     webp = test::encode_webp(picture);
  return {test::jpeg_with_exif(jpeg, tiff), test::png_with_exif(png, tiff), test::png_with_exif(png, tiff, true),
          test::webp_with_exif(webp, 24, 16, tiff)};
}

/// One letter a pixel, rows parted by slashes.
io::Image letters(const std::string& text) {
  io::Image out;
  for (const char c : text)
    if (c != '/')
      for (int i = 0; i < 3; ++i) out.rgb.push_back(static_cast<std::uint8_t>(c + i));
  out.width = static_cast<int>(text.find('/'));
  out.height = static_cast<int>(out.rgb.size()) / 3 / out.width;
  return out;
}

}  // namespace

TEST_CASE("the orientation is read from JPEG, PNG and WebP in both byte orders", "[io][exif]") {
  for (const bool little : {false, true})
    for (std::size_t value = 0; value < 12; ++value)
      for (const Bytes& file : files_with(exif(value, little)))
        CHECK(orientation(file) == (value >= 1 && value <= 8 ? static_cast<int>(value) : 1));
  for (const bool little : {false, true}) {
    // among other entries, as a long integer, twice (the last counts, as in Pillow), behind a prefix
    const Bytes among = exif({{7, 0x0100}, {3, 0x010f, 2, 4}, {6}, {8, 0x0128}}, little);
    const Bytes large = exif({{5, 0x0112, 4}}, little), twice = exif({{3}, {8}}, little);
    Bytes prefixed;
    test::add(prefixed, std::string("Exif\0\0", 6));
    test::add(prefixed, exif(7, little));
    for (const Bytes& file : files_with(among)) CHECK(orientation(file) == 6);
    for (const Bytes& file : files_with(large)) CHECK(orientation(file) == 5);
    for (const Bytes& file : files_with(twice)) CHECK(orientation(file) == 8);
    for (const Bytes& file : files_with(prefixed)) CHECK(orientation(file) == 7);
  }
  // other segments before it, bytes that fill
  Bytes jpeg = files_with(exif(4))[0];
  jpeg.insert(jpeg.begin() + 2, {0xff, 0xe1, 0, 6, 'h', 't', 't', 'p', 0xff, 0xff, 0xff, 0xfe, 0, 2});
  CHECK(orientation(jpeg) == 4);
}

TEST_CASE("EXIF that is wrong in any way is no orientation", "[io][exif][hostile]") {
  for (const bool little : {false, true}) {
    const Bytes good = exif(6, little);
    std::vector<Bytes> wrong{{}, {'M'}, Bytes(6, 0), Bytes(60'000, 0xff), Bytes(60'000, 0)};
    for (std::size_t size = 0; size < 22; ++size)
      wrong.emplace_back(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    const auto with = [&](std::size_t at, const Bytes& bytes) {
      Bytes out = good;
      std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
      wrong.push_back(out);
    };
    with(0, {'M', 'I'});
    with(2, number(43, 2, little));
    for (const std::size_t directory : {0U, 4U, 9U, 25U, 26U, 0x7fffffffU, 0xffffffffU, 0xfffffff8U})
      with(4, number(directory, 4, little));
    for (const std::size_t entries : {0U, 2U, 65'535U}) with(8, number(entries, 2, little));
    for (const std::size_t type : {0U, 1U, 2U, 5U, 7U, 13U, 65'535U}) with(12, number(type, 2, little));
    for (const std::size_t count : {0U, 2U, 0xffffffffU}) with(14, number(count, 4, little));
    for (const std::size_t value : {0U, 9U, 255U, 0x0600U, 65'535U}) with(18, number(value, 2, little));
    for (const Bytes& tiff : wrong) {
      INFO(tiff.size() << " bytes");
      for (const Bytes& file : files_with(tiff)) CHECK(orientation(file) == 1);
    }
    Bytes loop = good;  // the next directory is this one: no further directory is looked at
    const Bytes next = number(8, 4, little);
    std::copy(next.begin(), next.end(), loop.end() - 4);
    for (const Bytes& file : files_with(loop)) CHECK(orientation(file) == 6);
  }
}

TEST_CASE("files that are cut or lie about the sizes of their parts give no orientation, and no harm",
          "[io][exif][hostile]") {
  const std::vector<Bytes> files = files_with(exif(6));
  for (const Bytes& file : files)
    for (std::size_t size = 0; size < file.size(); ++size) {
      const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
      const int found = orientation(cut);
      CHECK((found == 1 || found == 6));
    }
  const auto with = [](Bytes file, std::size_t at, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
    return orientation(file);
  };
  for (const std::size_t length : {0U, 1U, 2U, 7U, 65'535U}) CHECK(with(files[0], 4, number(length, 2, false)) == 1);
  CHECK(with(files[0], 3, {0xda}) == 1);  // behind the start of the scan
  for (const std::size_t length : {0x7fffffffU, 0xffffffffU, 0xfffffff4U})
    CHECK(with(files[1], 33, number(length, 4, false)) == 1);
  CHECK(with(files[1], 33 + 8 + 19, {3}) == 1);  // the checksum tells
  const std::size_t chunk = files[3].size() - exif(6).size() - 8;
  for (const std::size_t length : {0U, 21U, 0x7fffffffU, 0xffffffffU, 0xfffffff8U})
    CHECK(with(files[3], chunk + 4, number(length, 4, true)) == 1);
  CHECK(orientation({'G', 'I', 'F', '8', '9', 'a'}) == 1);
}

TEST_CASE("pictures are turned as Pillow's exif_transpose turns them", "[io][exif]") {
  // what Pillow 13 makes of abc/def
  const char* const turned[] = {"abc/def",  "abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                                "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad", "abc/def"};
  for (int value = 0; value < 10; ++value) {
    INFO(value);
    const io::Image expected = letters(turned[value]), found = io::upright(letters("abc/def"), value);
    CHECK(found.width == expected.width);
    CHECK(found.height == expected.height);
    CHECK(found.rgb == expected.rgb);
  }
}

TEST_CASE("a part of a turned picture is cut out of the turned picture", "[io][exif]") {
  const test::TempFolder folder;
  for (std::size_t value = 1; value <= 8; ++value)
    for (const Bytes& bytes : files_with(exif(value))) {
      const auto path = folder.write("p", bytes);
      const io::Image whole = io::read_upright(path);
      CHECK(whole.rgb == io::upright(io::read_image(path), static_cast<int>(value)).rgb);
      const io::Box box{3, 5, 7, 4};
      const auto choose = [&](int height, int width) {
        CHECK(height == (value < 5 ? 16 : 24));
        CHECK(width == (value < 5 ? 24 : 16));
        return box;
      };
      CHECK(io::read_upright(path, {}, choose).rgb == io::crop(whole, box).rgb);
    }
}
