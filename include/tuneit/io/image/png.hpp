#pragma once
// How does a PNG become RGB bytes? (libpng 1.6; include through image.hpp)
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <png.h>

#include "tuneit/io/image/deep_grey.hpp"
#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/image_types.hpp"
#include "tuneit/io/image/plain_png.hpp"

namespace tuneit::io::detail {

/// Kept outside the functions that call setjmp, see JpegJob.
struct PngJob {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const std::uint8_t* next = nullptr;
  std::size_t left = 0;
  char message[160] = {};
  png_uint_32 width = 0, height = 0;
  int colour = 0, depth = 0;
  std::uint32_t significant = 0;  // the largest sample of so many bits as are said to be significant, of 16-bit grey
  std::array<std::uint8_t, 3 * 256> palette{};  // indices beyond the file's palette are black, as in Pillow
  png_bytepp rows = nullptr;
  [[nodiscard]] bool deep() const { return depth == 16 && colour == PNG_COLOR_TYPE_GRAY; }
};

[[noreturn]] inline void png_fail(png_structp png, png_const_charp message) {
  auto* job = static_cast<PngJob*>(png_get_error_ptr(png));
  std::snprintf(job->message, sizeof job->message, "%s", message);
  png_longjmp(png, 1);
}

inline void png_ignore(png_structp, png_const_charp) {}  // warnings are about chunks that carry no pixels

inline void png_take(png_structp png, png_bytep to, png_size_t count) {
  auto* job = static_cast<PngJob*>(png_get_io_ptr(png));
  if (count > job->left) png_error(png, "the file ends too early");
  std::memcpy(to, job->next, count);
  job->next += count;
  job->left -= count;
}

inline bool png_start(PngJob& job) {
  job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, png_fail, png_ignore);
  if (job.png == nullptr) return false;
  job.info = png_create_info_struct(job.png);
  if (job.info == nullptr) return false;
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;
  png_set_read_fn(job.png, &job, png_take);
  png_set_user_limits(job.png, 0x7fffffff, 0x7fffffff);  // sizes are judged by checked_rgb_bytes, with its sentence
  png_set_chunk_malloc_max(job.png, 8'000'000);          // zTXt and iCCP bombs
  // Text, profiles and the like are passed over without being unpacked.
  png_set_keep_unknown_chunks(job.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  constexpr png_byte significant_bits[] = {'s', 'B', 'I', 'T', 0};
  png_set_keep_unknown_chunks(job.png, PNG_HANDLE_CHUNK_AS_DEFAULT, significant_bits, 1);
  png_read_info(job.png, job.info);
  job.width = png_get_image_width(job.png, job.info);
  job.height = png_get_image_height(job.png, job.info);
  job.colour = png_get_color_type(job.png, job.info);
  job.depth = png_get_bit_depth(job.png, job.info);
  png_color_8p bits = nullptr;
  if (png_get_sBIT(job.png, job.info, &bits) != 0 && job.deep() && bits->gray > 0 && bits->gray < 16)
    job.significant = (std::uint32_t{1} << bits->gray) - 1;
  return true;
}

/// Chooses how pixels are unpacked. Only for sizes that were judged: libpng allocates rows here.
inline bool png_prepare(PngJob& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;
  if (job.colour == PNG_COLOR_TYPE_PALETTE) {
    png_colorp colours = nullptr;
    int count = 0;
    png_get_PLTE(job.png, job.info, &colours, &count);
    for (int i = 0; i < std::min(count, 256); ++i) {
      const auto at = static_cast<std::size_t>(3 * i);
      job.palette[at] = colours[i].red;
      job.palette[at + 1] = colours[i].green;
      job.palette[at + 2] = colours[i].blue;
    }
    png_set_packing(job.png);  // one index a byte; the look-up is ours because libpng refuses indices out of range
  } else if (job.colour == PNG_COLOR_TYPE_GRAY && job.depth < 8) {
    png_set_expand_gray_1_2_4_to_8(job.png);
  }
  // Pillow takes the high byte of 16 bits; so do we, except in grey pictures without alpha (see png_to_rgb).
  if (job.depth == 16 && job.colour != PNG_COLOR_TYPE_GRAY) png_set_strip_16(job.png);
  png_set_strip_alpha(job.png);
  png_set_interlace_handling(job.png);
  png_read_update_info(job.png, job.info);
  return true;
}

inline bool png_finish(PngJob& job) {
  if (setjmp(png_jmpbuf(job.png)) != 0) return false;
  png_read_image(job.png, job.rows);
  png_read_end(job.png, nullptr);
  return true;
}

/// Rows of 1 (grey or palette) or 2 (16-bit grey) bytes a pixel to RGB. Pillow cuts 16-bit grey at 255, which makes it
/// white; here it is scaled, see white_sample. By the format samples span all 16 bits, also where fewer are said to be
/// significant: these are the highest, and only where no sample has a higher one, the lowest.
inline void png_to_rgb(const PngJob& job, const Pixels& raw, Pixels& rgb, ImageFacts* facts) {
  const std::size_t count = rgb.size() / 3;
  if (job.deep()) {
    std::vector<std::uint16_t, Uninitialised<std::uint16_t>> grey(count);
    std::memcpy(grey.data(), raw.data(), 2 * count);
    for (std::uint16_t& sample : grey) sample = from_big_endian(sample);
    return deep_grey_to_rgb(grey, job.significant, false, rgb.data(), facts);
  }
  if (job.colour != PNG_COLOR_TYPE_PALETTE) return grey_to_rgb(raw.data(), count, rgb.data());
  for (std::size_t p = 0; p < count; ++p)
    std::memcpy(rgb.data() + 3 * p, job.palette.data() + std::size_t{3} * raw[p], 3);
}

/// Any PNG, by libpng.
inline Image decode_any_png(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                            ImageFacts* facts = nullptr) {
  PngJob job;
  job.next = reinterpret_cast<const std::uint8_t*>(file.data());
  job.left = file.size();
  struct Release {
    PngJob& job;
    ~Release() { png_destroy_read_struct(&job.png, &job.info, nullptr); }
  } release{job};
  const auto fail = [&] {
    bad_image(name, std::string("damaged PNG (") + job.message + ").",
              "Restore the file from its source, or remove it.");
  };
  if (!png_start(job)) fail();

  Image out;
  const std::size_t rgb_bytes = checked_rgb_bytes(job.width, job.height, file.size(), name, limits);
  out.width = static_cast<int>(job.width);
  out.height = static_cast<int>(job.height);
  if (!png_prepare(job)) fail();
  out.rgb.resize(rgb_bytes);
  const std::size_t row_bytes = png_get_rowbytes(job.png, job.info);
  const bool direct = row_bytes == std::size_t{3} * job.width;
  Pixels raw(direct ? 0 : row_bytes * job.height);
  std::vector<png_bytep> rows(job.height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = (direct ? out.rgb.data() : raw.data()) + y * row_bytes;
  job.rows = rows.data();
  if (!png_finish(job)) fail();
  if (!direct) png_to_rgb(job, raw, out.rgb, facts);
  return out;
}

inline Image decode_png(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                        const PartOf& part = {}, ImageFacts* facts = nullptr) {
  if (std::optional<Image> plain = decode_plain_png(file, name, limits, part)) return *std::move(plain);
  return cut(decode_any_png(file, name, limits, facts), part);
}

}  // namespace tuneit::io::detail
