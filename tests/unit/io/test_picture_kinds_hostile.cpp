// Are BMP, TIFF, GIF and PNM that are damaged or made to harm refused, in silence, within a budget of memory?
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <tuneit/io/image/further.hpp>
#include <tuneit/io/image/image.hpp>

#include <catch2/catch.hpp>

#include "../data/more_picture_files.hpp"

namespace {

using namespace tuneit;
using Catch::Contains;
using test::Bytes;

std::string refusal(const Bytes& bytes) {
  try {
    io::decode_image(test::bytes_of(bytes), "some/file");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Data);
    CHECK_THAT(error.what(), Contains("some/file"));
    return error.what();
  }
  return {};
}
Bytes text(std::string_view words) { return {words.begin(), words.end()}; }

/// A TIFF by its tags; each has one number.
struct Tag {
  std::uint16_t number;
  std::uint32_t value;
};
Bytes tiff_of(const std::vector<Tag>& tags, std::size_t room = 64) {
  Bytes out = text("II");
  test::put_little(out, 42, 2);
  test::put_little(out, 8 + room, 4);
  for (std::size_t i = 0; i < room; ++i) out.push_back(static_cast<std::uint8_t>(i * 7));
  test::put_little(out, tags.size(), 2);
  for (const Tag& tag : tags) {
    test::put_little(out, tag.number, 2);
    test::put_little(out, 4, 2);
    test::put_little(out, 1, 4);
    test::put_little(out, tag.value, 4);
  }
  test::put_little(out, 0, 4);
  return out;
}
std::vector<Tag> usual(std::uint32_t width, std::uint32_t height, std::vector<Tag> more = {}) {
  std::vector<Tag> out{{256, width}, {257, height}, {258, 8},      {259, 1}, {262, 1},
                       {273, 8},     {277, 1},      {278, height}, {279, 64}};
  for (const Tag& tag : more) {
    bool there = false;
    for (Tag& old : out)
      if (old.number == tag.number) old = tag, there = true;
    if (!there) out.push_back(tag);
  }
  std::sort(out.begin(), out.end(), [](const Tag& a, const Tag& b) { return a.number < b.number; });
  return out;
}

std::vector<Bytes> samples() {
  const io::Image picture = test::gradient(24, 20, 30);
  std::vector<Bytes> out{test::encode_bmp(picture), test::encode_ppm(picture), test::encode_gif({picture}),
                         test::encode_animated_webp({picture, picture}),
                         test::bmp_of(9, 3, 8, 1, 9, {5, 3, 0, 3, 1, 2, 9, 0, 0, 0, 0, 2, 2, 1, 9, 7, 0, 1})};
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS,
                                COMPRESSION_JPEG, COMPRESSION_ZSTD}) {
    out.push_back(test::encode_tiff(picture, compression));
    out.push_back(test::encode_tiff(picture, compression, PHOTOMETRIC_RGB, 16));
  }
  out.push_back(test::encode_tiff(picture, COMPRESSION_CCITTFAX4, PHOTOMETRIC_MINISWHITE));
  return out;
}

}  // namespace

TEST_CASE("BMP, TIFF, GIF and PNM that are cut are refused where pixels are missing", "[io][picture][hostile]") {
  const io::Image picture = test::gradient(24, 20, 30);
  const auto all = samples();
  for (std::size_t which = 0; which < all.size(); ++which) {
    const Bytes& whole = all[which];
    REQUIRE(refusal(whole).empty());
    const io::Image right = io::decode_image(test::bytes_of(whole), "a");
    for (std::size_t keep = 0; keep<whole.size(); keep += whole.size()> 600 ? 5 : 1) {
      INFO(which << ": " << keep << " of " << whole.size());
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(keep));
      if (!refusal(cut).empty()) continue;
      // What may be cut off carries no pixel: a mark of the end, further frames.
      REQUIRE(io::decode_image(test::bytes_of(cut), "a").rgb == right.rgb);
    }
  }
}

TEST_CASE("flipped bytes of BMP, TIFF, GIF and PNM give a picture or a refusal, in silence", "[io][picture][hostile]") {
  // The libraries' own habit is to print.
  std::fflush(stderr);
  const int kept = ::dup(2);
  std::FILE* caught = std::tmpfile();
  REQUIRE(caught != nullptr);
  ::dup2(::fileno(caught), 2);
  for (const Bytes& whole : samples())
    for (std::size_t at = 2; at<whole.size(); at += whole.size()> 900 ? 3 : 1)
      for (const int flip : {0x01, 0x80, 0xff}) {
        Bytes bad = whole;
        bad[at] = static_cast<std::uint8_t>(bad[at] ^ flip);
        try {
          const io::Image out = io::decode_image(test::bytes_of(bad), "a");
          REQUIRE(out.rgb.size() == static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
        } catch (const Error&) {
        }
        io::further_images(test::bytes_of(bad));
      }
  std::fflush(stderr);
  ::dup2(kept, 2);
  ::close(kept);
  std::fseek(caught, 0, SEEK_END);
  CHECK(std::ftell(caught) == 0);
  std::fclose(caught);
}

TEST_CASE("sizes of BMP, TIFF, GIF and PNM are judged from the header", "[io][picture][hostile]") {
  CHECK_THAT(refusal(tiff_of(usual(9'460, 9'460))), Contains("limits"));
  CHECK_THAT(refusal(tiff_of(usual(0xffffffffU, 0xffffffffU))), Contains("damaged TIFF"));
  CHECK_THAT(refusal(tiff_of(usual(9'000, 9'000))), Contains("bytes only"));
  CHECK_THAT(refusal(tiff_of(usual(0, 5))), Contains("damaged TIFF"));
  // Tiles larger than any picture, of a small one.
  CHECK_THAT(refusal(tiff_of(usual(16, 16, {{322, 60'000}, {323, 60'000}, {324, 8}, {325, 64}}))),
             Contains("60000 x 60000"));
  Bytes bmp = test::encode_bmp(test::gradient(4, 4));
  for (const std::size_t at : {std::size_t{18}, std::size_t{22}}) bmp[at + 2] = 1;  // 65540
  CHECK_THAT(refusal(bmp), Contains("65540 x 65540"));
  CHECK_THAT(refusal(test::bmp_of(8, 8, 8, 0, 0x7fffffff % 300, {})), Contains("too early"));
  Bytes gif = test::encode_gif({test::gradient(4, 4)});
  for (std::size_t at = 6; at < 10; ++at) gif[at] = 0xff;
  CHECK_THAT(refusal(gif), Contains("65535 x 65535"));
  CHECK_THAT(refusal(text("P6 99999999 99999999 255\n")), Contains("99999999 x 99999999"));
  CHECK_THAT(refusal(text("P6 9000 9000 255\n")), Contains("bytes only"));
  CHECK_THAT(refusal(text("P6 4000 4000 255\n")), Contains("too early"));
  CHECK_THAT(refusal(text("P4 4000 4000 ")), Contains("too early"));
}

TEST_CASE("kinds of TIFF, BMP and PNM that are not read are named", "[io][picture][hostile]") {
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{258, 32}, {339, 3}}))), Contains("floating point"));
  CHECK_THAT(refusal(tiff_of(usual(2, 2, {{258, 32}}))), Contains("32 bits a sample"));
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{259, 6}}))), Contains("compression 6"));
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{259, 34661}}))), Contains("compression 34661"));
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{262, 8}, {277, 3}}))), Contains("L*a*b*"));
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{262, 32803}}))), Contains("raw data of a camera"));
  CHECK_THAT(refusal(tiff_of(usual(4, 4, {{277, 7}}))), Contains("7 samples"));
  CHECK_THAT(refusal(tiff_of(usual(2, 2, {{258, 16}, {262, 2}, {277, 6}}))), Contains("6 samples of 16 bits"));
  CHECK_THAT(refusal(tiff_of(usual(2, 2, {{258, 16}, {262, 5}, {277, 5}}))), Contains("5 samples of 16 bits"));
  // Samples of 16 bits below zero have no range that is known.
  CHECK_THAT(refusal(tiff_of(usual(4, 8, {{258, 16}, {339, 2}}))), Contains("below zero"));
  CHECK_THAT(refusal(test::bmp_of(4, 4, 24, 4, 0, Bytes(48))), Contains("compression 4"));
  CHECK_THAT(refusal(test::bmp_of(4, 4, 2, 0, 4, Bytes(48))), Contains("2 bits a pixel"));
  CHECK_THAT(refusal(text("P5 4 4 70000\n")), Contains("70000"));
  CHECK_THAT(refusal(text("P2 1 1 9 x")), Contains("where a number is due"));
  CHECK_THAT(refusal(text("P2 1 1 9 10")), Contains("larger than its largest"));
  CHECK_THAT(refusal(text("P2 1 1 99999999999 1")), Contains("where a number is due"));
}

TEST_CASE("a TIFF whose strips are the same bytes again and again is refused", "[io][picture][hostile]") {
  // 20,000 strips of one row, each the whole of a file of 4 MB: 80 GB to be read.
  const std::uint32_t rows = 20'000, bytes = 4'000'000;
  Bytes out = tiff_of(usual(1, rows, {{278, 1}}), bytes);
  for (const std::uint16_t number : {std::uint16_t{273}, std::uint16_t{279}}) {
    const std::size_t table = out.size();
    for (std::uint32_t i = 0; i < rows; ++i) test::put_little(out, number == 273 ? 8 : bytes, 4);
    for (std::size_t at = 8 + bytes + 2; at < table; at += 12)
      if (out[at] == (number & 255U) && out[at + 1] == number >> 8U) {
        for (std::size_t i = 0; i < 4; ++i) {
          out[at + 4 + i] = static_cast<std::uint8_t>(rows >> (8 * i));
          out[at + 8 + i] = static_cast<std::uint8_t>(table >> (8 * i));
        }
        break;
      }
  }
  CHECK_THAT(refusal(out), Contains("again and again"));
}

namespace {

/// Makes the tag's value a table at the end of the file: `count` times `value`.
void repeat(Bytes& tiff, std::size_t directory, std::uint16_t number, std::uint32_t count, std::uint32_t value) {
  const std::size_t table = tiff.size();
  for (std::uint32_t i = 0; i < count; ++i) test::put_little(tiff, value, 4);
  for (std::size_t at = directory + 2; at < table; at += 12)
    if (tiff[at] == (number & 255U) && tiff[at + 1] == number >> 8U) {
      for (std::size_t i = 0; i < 4; ++i) {
        tiff[at + 4 + i] = static_cast<std::uint8_t>(count >> (8 * i));
        tiff[at + 8 + i] = static_cast<std::uint8_t>(table >> (8 * i));
      }
      return;
    }
  FAIL("no such tag");
}

}  // namespace

TEST_CASE("a TIFF whose tiles are far more than its picture is refused", "[io][picture][hostile]") {
  // 4,093 tiles of 16 x 65,488 pixels for one row: 4 thousand million pixels, all of the same bytes.
  const std::uint32_t tiles = 4'093;
  Bytes many = tiff_of(usual(65'488, 1, {{262, 2}, {277, 3}, {322, 16}, {323, 65'488}, {324, 8}, {325, 8}}), 2048);
  repeat(many, 8 + 2048, 324, tiles, 8);
  repeat(many, 8 + 2048, 325, tiles, 2048);
  CHECK_THAT(refusal(many), Contains("4093 tiles of 16 x 65488 pixels"));
  // One tile of 89 million pixels for one pixel, in a file of some size.
  CHECK_THAT(refusal(tiff_of(usual(1, 1, {{322, 65'488}, {323, 1'360}, {324, 8}, {325, 2'000'000}}), 2'000'000)),
             Contains("1 tiles of 65488 x 1360 pixels"));
  // A tile that is larger than its picture is usual.
  CHECK(refusal(tiff_of(usual(10, 10, {{322, 256}, {323, 256}, {324, 8}, {325, 65'536}}), 65'536)).empty());
}

TEST_CASE("of a camera's raw file no preview is taken", "[io][picture][hostile]") {
  Bytes dng = tiff_of(usual(8, 8, {{50706, 0x00000401}}));
  for (std::size_t at = 8 + 64 + 2; at + 12 < dng.size(); at += 12)
    if (dng[at] == (50706U & 255U) && dng[at + 1] == 50706U >> 8U) dng[at + 2] = 1, dng[at + 4] = 4;  // four bytes
  CHECK_THAT(refusal(dng), Contains("raw data of a camera"));
  CHECK_THAT(refusal(tiff_of(usual(8, 8, {{254, 1}, {330, 8}}))), Contains("raw data of a camera"));
  CHECK(refusal(tiff_of(usual(8, 8, {{254, 1}}))).empty());
  CHECK(refusal(tiff_of(usual(8, 8, {{254, 0}, {330, 8}}))).empty());  // smaller copies lie below the picture
}

TEST_CASE("run lengths of BMP that end before the picture are refused", "[io][picture][hostile]") {
  CHECK_THAT(refusal(test::bmp_of(4, 3, 8, 1, 16, {2, 5, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1})), Contains("end mark"));
  CHECK_THAT(refusal(test::bmp_of(4, 2, 8, 1, 16, {4, 5, 0, 0, 3, 1, 0, 1})), Contains("end mark"));
  CHECK(refusal(test::bmp_of(4, 2, 8, 1, 16, {4, 5, 0, 0, 0, 2, 0, 1, 0, 1})).empty());  // passed over
}

TEST_CASE("a GIF needs no mark behind its pixels", "[io][picture][hostile]") {
  const Bytes whole = test::encode_gif({test::gradient(24, 20, 30)});
  REQUIRE(whole[whole.size() - 1] == ';');
  const Bytes open(whole.begin(), whole.end() - 2);
  CHECK(io::decode_image(test::bytes_of(open), "a").rgb == io::decode_image(test::bytes_of(whole), "a").rgb);
  const Bytes shorter(whole.begin(), whole.end() - 3);
  CHECK_THAT(refusal(shorter), Contains("too early"));
}

TEST_CASE("pages of a TIFF that lead in a circle are counted once", "[io][picture][hostile]") {
  Bytes pages = test::encode_tiff_pages({test::gradient(5, 5), test::gradient(5, 5)});
  CHECK(io::further_images(test::bytes_of(pages)) == 1);
  const auto number = [&](std::size_t at, int count) {
    std::size_t value = 0;
    for (int i = count; i-- > 0;) value = value << 8U | pages[at + static_cast<std::size_t>(i)];
    return value;
  };
  const auto link = [&](std::size_t directory) { return directory + 2 + 12 * number(directory, 2); };
  const std::size_t first = number(4, 4), second = number(link(first), 4);
  for (std::size_t i = 0; i < 4; ++i) pages[link(second) + i] = static_cast<std::uint8_t>(first >> (8 * i));
  CHECK(io::further_images(test::bytes_of(pages)) == 1);
}

TEST_CASE("of the huge pictures one is decoded at a time", "[io][picture][hostile]") {
  // 17 million pixels; `inside` counts who is between header and pixels.
  Bytes huge = text("P4 4200 4200\n");
  huge.resize(huge.size() + 525 * 4200);
  const Bytes small = test::encode_ppm(test::gradient(4, 4));
  std::atomic<int> inside{0}, most{0};
  bool met = false;  // does whoever is alone wait for another one?
  const auto decode = [&](const Bytes& file, bool budget) {
    const io::PartOf part = [&](int, int) {
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(met ? 20000 : 30);
      while ((!met || most < 2) && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --inside;
      return io::Box{0, 0, 1, 1};
    };
    for (int i = 0; i < 2; ++i) {
      std::optional<io::OneHugeAtATime> scope, nested;
      if (budget) {
        scope.emplace();
        nested.emplace();
      }
      io::decode_image(test::bytes_of(file), "a", {}, part);
    }
  };
  const auto at_once = [&](const Bytes& file, bool budget) {
    most = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { decode(file, budget); });
    threads.clear();
    return most.load();
  };
  CHECK(at_once(huge, true) == 1);
  met = true;
  CHECK(at_once(huge, false) > 1);
  CHECK(at_once(small, true) > 1);
}
