// Is a part of a picture what is cut out of the whole? And are the PNGs that libpng is not asked about decoded as by
// it?
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <tuneit/io/image/image.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

namespace {

using namespace tuneit;
using test::Bytes;

io::Image noise(int width, int height, unsigned seed, int coarse = 1) {
  std::mt19937 draw(seed);
  io::Image out = io::blank_image(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < 3 * width; ++x) {
      const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(3 * width) + static_cast<std::size_t>(x);
      const std::size_t above = at - static_cast<std::size_t>(3 * width);
      out.rgb[at] = y % coarse != 0         ? out.rgb[above]
                    : (x / 3) % coarse != 0 ? out.rgb[at - 3]
                                            : static_cast<std::uint8_t>(draw());
    }
  return out;
}

/// A PNG of 8 bits with these filters and pieces of this many bytes.
Bytes encode_png(int colour, int width, int height, int filters, std::size_t piece, unsigned seed, int window = 15) {
  Bytes out;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  const auto append = [](png_structp png, png_bytep bytes, png_size_t n) {
    auto* to = static_cast<Bytes*>(png_get_io_ptr(png));
    to->insert(to->end(), bytes, bytes + n);
  };
  png_set_write_fn(writer, &out, append, nullptr);
  png_set_compression_buffer_size(writer, piece);
  png_set_compression_window_bits(writer, window);
  png_set_filter(writer, 0, filters);
  png_set_IHDR(writer, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8, colour,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(writer, info);
  std::mt19937 draw(seed);
  Bytes row(png_get_rowbytes(writer, info));
  for (int y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < row.size(); ++i)  // smooth in places, so that all cases of the predictors occur
      row[i] = static_cast<std::uint8_t>(draw() % 4 == 0 ? draw() : row[i] + draw() % 3);
    png_write_row(writer, row.data());
  }
  png_write_end(writer, info);
  png_destroy_write_struct(&writer, &info);
  return out;
}

constexpr int colours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                           PNG_COLOR_TYPE_RGB_ALPHA};
constexpr int filters[] = {PNG_FILTER_NONE, PNG_FILTER_SUB,   PNG_FILTER_UP,
                           PNG_FILTER_AVG,  PNG_FILTER_PAETH, PNG_ALL_FILTERS};

io::Image plain(const Bytes& file) {
  auto picture = io::detail::decode_plain_png(test::bytes_of(file), "a", {}, {});
  REQUIRE(picture);
  return *std::move(picture);
}
io::Image by_libpng(const Bytes& file) { return io::detail::decode_any_png(test::bytes_of(file), "a", {}); }

/// Parts of all kinds: points, rows, columns, corners, the whole.
std::vector<io::Box> boxes(int width, int height, unsigned seed) {
  std::vector<io::Box> out{
      {0, 0, height, width}, {0, 0, 1, 1}, {height - 1, width - 1, 1, 1}, {0, 0, 1, width}, {0, width - 1, height, 1}};
  std::mt19937 draw(seed);
  for (int i = 0; i < 40; ++i) {
    io::Box b;
    b.height = 1 + static_cast<int>(draw() % static_cast<unsigned>(height));
    b.width = 1 + static_cast<int>(draw() % static_cast<unsigned>(width));
    b.top = static_cast<int>(draw() % static_cast<unsigned>(height - b.height + 1));
    b.left = static_cast<int>(draw() % static_cast<unsigned>(width - b.width + 1));
    out.push_back(b);
  }
  return out;
}

void check_parts(const Bytes& file) {
  const auto seed = static_cast<unsigned>(file.size());
  const io::Image whole = io::decode_image(test::bytes_of(file), "a");
  for (const io::Box& box : boxes(whole.width, whole.height, seed)) {
    int asked = 0;
    const io::Image part = io::decode_image(test::bytes_of(file), "a", {}, [&](int height, int width) {
      ++asked;
      CHECK(height == whole.height);
      CHECK(width == whole.width);
      return box;
    });
    INFO(box.height << " x " << box.width << " at " << box.top << ", " << box.left);
    CHECK(asked == 1);
    REQUIRE(part.height == box.height);
    REQUIRE(part.width == box.width);
    REQUIRE(part.rgb == io::crop(whole, box).rgb);
  }
}

std::string refusal(const Bytes& file, const io::PartOf& part) {
  try {
    io::decode_image(test::bytes_of(file), "a", {}, part);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("plain PNGs of all filters and widths are what libpng makes of them", "[io][picture][png]") {
  unsigned seed = 0;
  for (const int colour : colours)
    for (const int filter : filters) {
      for (int width = 1; width <= 19; ++width)
        for (const int height : {1, 2, 7, 8, 9, 17}) {
          const Bytes file = encode_png(colour, width, height, filter, 8192, ++seed);
          INFO("colour " << colour << ", filters " << filter << ", " << width << " x " << height);
          REQUIRE(plain(file).rgb == by_libpng(file).rgb);
        }
      const Bytes large = encode_png(colour, 231, 190, filter, 1000, ++seed);
      REQUIRE(plain(large).rgb == by_libpng(large).rgb);
    }
}

TEST_CASE("what is not plain is left to libpng", "[io][picture][png]") {
  const auto is_plain = [](const Bytes& file) {
    return io::detail::decode_plain_png(test::bytes_of(file), "a", {}, {}).has_value();
  };
  const Bytes good = encode_png(PNG_COLOR_TYPE_RGB, 40, 30, PNG_ALL_FILTERS, 8192, 1);
  REQUIRE(is_plain(good));
  for (std::size_t at = 8; at < good.size(); at += 7) {  // damage anywhere
    Bytes bad = good;
    bad[at] ^= 0x10U;
    CHECK_FALSE(is_plain(bad));
  }
  for (std::size_t size = 0; size < good.size(); size += 11)
    CHECK_FALSE(is_plain({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
  CHECK_FALSE(is_plain(test::encode_png(PNG_COLOR_TYPE_PALETTE, 8, PNG_INTERLACE_NONE, 9, 9)));
  CHECK_FALSE(is_plain(test::encode_png(PNG_COLOR_TYPE_RGB, 16, PNG_INTERLACE_NONE, 9, 9)));
  CHECK_FALSE(is_plain(test::encode_png(PNG_COLOR_TYPE_GRAY, 4, PNG_INTERLACE_NONE, 9, 9)));
  CHECK_FALSE(is_plain(test::encode_png(PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7, 9, 9)));
  // A window smaller than the rows: zlib would not look back further, libdeflate might.
  const Bytes window = encode_png(PNG_COLOR_TYPE_RGB, 200, 100, PNG_FILTER_SUB, 8192, 2, 9);
  CHECK_FALSE(is_plain(window));
  CHECK(io::decode_image(test::bytes_of(window), "a").rgb == by_libpng(window).rgb);
}

TEST_CASE("a part of a picture is cut out of the whole", "[io][picture]") {
  unsigned seed = 0;
  for (const int colour : colours) check_parts(encode_png(colour, 61, 47, PNG_ALL_FILTERS, 8192, ++seed));
  check_parts(test::encode_png(PNG_COLOR_TYPE_PALETTE, 8, PNG_INTERLACE_ADAM7, 33, 21));
  check_parts(test::encode_webp(noise(53, 37, ++seed)));
}

TEST_CASE("a part of a JPEG is cut out of the whole, however its colours are sampled", "[io][picture][jpeg]") {
  using Adjust = void (*)(jpeg_compress_struct&);
  const Adjust samplings[] = {
      [](jpeg_compress_struct& e) { e.comp_info[0].h_samp_factor = e.comp_info[0].v_samp_factor = 1; },
      [](jpeg_compress_struct& e) { e.comp_info[0].h_samp_factor = 2, e.comp_info[0].v_samp_factor = 1; },
      [](jpeg_compress_struct& e) { e.comp_info[0].h_samp_factor = 1, e.comp_info[0].v_samp_factor = 2; },
      [](jpeg_compress_struct& e) { e.comp_info[0].h_samp_factor = 2, e.comp_info[0].v_samp_factor = 2; },
      [](jpeg_compress_struct& e) { e.comp_info[0].h_samp_factor = 4, e.comp_info[0].v_samp_factor = 1; },
      [](jpeg_compress_struct& e) { e.restart_interval = 3; },
      [](jpeg_compress_struct& e) { e.restart_in_rows = 1; }};
  unsigned seed = 0;
  for (const auto& [width, height] : {std::pair{150, 133}, {129, 64}, {17, 200}, {400, 31}})
    for (const int coarse : {1, 5}) {
      const io::Image picture = noise(width, height, ++seed, coarse);
      for (const bool progressive : {false, true}) {
        for (const Adjust adjust : samplings) check_parts(test::encode_jpeg(picture, progressive, 3, adjust));
        check_parts(test::encode_jpeg(picture, progressive, 1));
        check_parts(test::encode_jpeg(picture, progressive, 4));
      }
    }
}

TEST_CASE("a JPEG comes smaller where that is allowed, and never too small", "[io][picture][jpeg]") {
  const io::Image smooth = test::gradient(640, 480, 90);
  const io::Box box{37, 101, 390, 410};
  const auto part = [box](int, int) { return box; };
  for (const bool progressive : {false, true}) {
    const Bytes file = test::encode_jpeg(smooth, progressive);
    const io::Image exact = io::decode_image(test::bytes_of(file), "a", {}, part);
    for (const auto& [least, scale] : {std::pair{0, 1}, {391, 1}, {196, 1}, {195, 2}, {97, 4}, {48, 8}, {1, 8}}) {
      const io::Image got = io::decode_image(test::bytes_of(file), "a", {}, part, least);
      INFO("at least " << least);
      REQUIRE(got.height == box.height / scale);
      REQUIRE(got.width == box.width / scale);
      if (scale == 1) CHECK(got.rgb == exact.rgb);
      int largest = 0;  // of the difference to the pixel in the middle of those that became one
      for (int y = 0; y < got.height; ++y)
        for (int x = 0; x < 3 * got.width; ++x) {
          const int row = std::min(y * scale + scale / 2, exact.height - 1), column = (x / 3) * scale + scale / 2;
          const std::size_t at = static_cast<std::size_t>(row * exact.width + std::min(column, exact.width - 1)) * 3;
          largest = std::max(largest, std::abs(int{got.rgb[static_cast<std::size_t>(y * 3 * got.width + x)]} -
                                               int{exact.rgb[at + static_cast<std::size_t>(x % 3)]}));
        }
      CHECK(largest <= 6 + scale);
    }
    const io::Image whole = io::decode_image(test::bytes_of(file), "a", {}, {}, 240);
    CHECK(whole.height == 240);
    CHECK(whole.width == 320);
  }
  const io::Image png = io::decode_image(test::bytes_of(test::encode_png(smooth)), "a", {}, {}, 1);
  CHECK(png.width == 640);
}

TEST_CASE("damage outside of the part is found as well", "[io][picture]") {
  const io::PartOf corner = [](int, int) { return io::Box{0, 0, 9, 9}; };
  const io::Image picture = noise(160, 120, 5);
  for (Bytes file : {test::encode_png(picture), test::encode_jpeg(picture), test::encode_jpeg(picture, true),
                     test::encode_webp(picture)}) {
    CHECK(refusal(file, corner).empty());
    file.resize(file.size() * 9 / 10);
    CHECK_FALSE(refusal(file, corner).empty());
  }
  CHECK(refusal(test::encode_png(picture), [](int h, int w) {
          return io::Box{0, 1, h, w};
        }).find("not inside") != std::string::npos);
}
