#pragma once
// How does a JPEG become RGB bytes? (libjpeg API of libjpeg-turbo; include through image.hpp)
#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h uses FILE without including it
#include <cstring>
#include <span>
#include <string>

#include <jpeglib.h>

#include <jerror.h>

#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::io::detail {

/// Everything a decoding needs lives here, outside the function that calls setjmp: its locals hold no destructor that
/// a longjmp could skip and no value that it could make indeterminate.
struct JpegJob {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  char message[JMSG_LENGTH_MAX] = {};
  std::uint8_t* pixels = nullptr;  // interleaved, as the decoder gives them: `box` of the picture
  std::uint8_t* line = nullptr;    // room for a row, if the box is narrower than the picture
  Box box;                         // of the picture as it is decoded
  int scale = 1;                   // 2, 4, 8: it is decoded at a half, a quarter, an eighth of its size
};

/// A file that needs more passes than this is an attack on the decoder's time, not a picture (encoders write about 10).
inline constexpr int kMaxJpegScans = 100;

[[noreturn]] inline void jpeg_fail(j_common_ptr info) {
  auto* job = static_cast<JpegJob*>(info->client_data);
  info->err->format_message(info, job->message);
  std::longjmp(job->escape, 1);
}

/// libjpeg fills in grey where data is missing or damaged and only warns; training on that would be silent corruption.
/// Warnings that cost no pixel (stray bytes between segments, odd JFIF or Adobe versions) stay without effect.
inline void jpeg_warning(j_common_ptr info, int level) {
  if (level >= 0) return;  // a trace message
  switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_NOT_SEQUENTIAL:
      jpeg_fail(info);
    default:
      ++info->err->num_warnings;
  }
}

inline void jpeg_progress(j_common_ptr info) {
  auto* job = static_cast<JpegJob*>(info->client_data);
  if (job->decoder.input_scan_number <= kMaxJpegScans) return;
  std::snprintf(job->message, sizeof job->message, "more than %d scans", kMaxJpegScans);
  std::longjmp(job->escape, 1);
}

/// Reads the header and chooses the output colours as Pillow does. False: see job.message.
inline bool jpeg_start(JpegJob& job, const std::uint8_t* data, std::size_t size) {
  job.decoder.err = jpeg_std_error(&job.errors);
  job.errors.error_exit = jpeg_fail;
  job.errors.emit_message = jpeg_warning;
  job.decoder.client_data = &job;
  if (setjmp(job.escape) != 0) return false;
  jpeg_create_decompress(&job.decoder);  // keeps err and client_data
  job.progress.progress_monitor = jpeg_progress;
  job.decoder.progress = &job.progress;
  jpeg_mem_src(&job.decoder, data, static_cast<unsigned long>(size));
  jpeg_read_header(&job.decoder, TRUE);
  const int components = job.decoder.num_components;
  if (components != 1 && components != 3 && components != 4) {
    std::snprintf(job.message, sizeof job.message, "%d colour components", components);
    return false;
  }
  job.decoder.out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  return true;
}

/// Passes over rows; whole blocks of them are decoded no further than their codes.
inline void jpeg_pass_over(JpegJob& job, JDIMENSION rows) {
  if (rows > 0) jpeg_skip_scanlines(&job.decoder, rows);
}

/// Decodes the box. Blocks of pixels that it does not touch are not computed, except for one more at each side, which
/// smooth the colours at its border; but all codes are read, since damage must not pass unseen. Progressive pictures
/// are computed whole: where a file lacks their last scans, blocks are smoothed by others that are far away.
inline bool jpeg_finish(JpegJob& job) {
  if (setjmp(job.escape) != 0) return false;
  jpeg_decompress_struct& d = job.decoder;
  d.scale_num = 1;
  d.scale_denom = static_cast<unsigned>(job.scale);
  jpeg_start_decompress(&d);
  const auto top = static_cast<JDIMENSION>(job.box.top), left = static_cast<JDIMENSION>(job.box.left),
             height = static_cast<JDIMENSION>(job.box.height), width = static_cast<JDIMENSION>(job.box.width);
  const auto channels = static_cast<std::size_t>(d.num_components);
  const JDIMENSION block_rows = static_cast<JDIMENSION>(d.max_v_samp_factor * d.min_DCT_scaled_size),
                   block_columns = static_cast<JDIMENSION>(d.max_h_samp_factor * d.min_DCT_scaled_size);
  JDIMENSION first = 0;  // the first column that is computed
  const bool by_blocks = jpeg_has_multiple_scans(&d) == FALSE, narrow = width < d.output_width;
  if (by_blocks && narrow) {
    first = left > block_columns ? left - block_columns : 0;
    JDIMENSION columns = std::min(left + width + block_columns, d.output_width) - first;
    jpeg_crop_scanline(&d, &first, &columns);
  }
  if (by_blocks && top > 2 * block_rows) jpeg_pass_over(job, top / block_rows * block_rows - block_rows);
  for (JDIMENSION y = d.output_scanline; y < top + height; ++y) {
    std::uint8_t* to = job.pixels + (y < top ? 0 : y - top) * width * channels;  // rows above are written over
    JSAMPROW row = narrow ? job.line : to;
    jpeg_read_scanlines(&d, &row, 1);
    if (narrow) std::memcpy(to, row + (left - first) * channels, width * channels);
  }
  while (d.output_scanline < d.output_height) {
    if (by_blocks)
      jpeg_pass_over(job, d.output_height - d.output_scanline - 1);  // without the last: it would end too early
    JSAMPROW row = job.line;
    jpeg_read_scanlines(&d, &row, 1);
  }
  jpeg_finish_decompress(&d);
  return true;
}

/// Pillow's CMYK to RGB (libImaging/Convert.c, cmyk2rgb). Bytes in JPEG files are inverted (Adobe's convention), and
/// Pillow inverts all of them, with or without an Adobe marker. Rounded x*y/255 as in its MULDIV255.
inline void inverted_cmyk_to_rgb(const std::uint8_t* cmyk, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t p = 0; p < count; ++p, cmyk += 4, rgb += 3) {
    const int white = cmyk[3];  // 255 - black
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[c]) * white + 128;
      rgb[c] = static_cast<std::uint8_t>(white - ((product + (product >> 8)) >> 8));
    }
  }
}

inline Image decode_jpeg(std::span<const std::byte> file, const std::string& name, const ImageLimits& limits,
                         const PartOf& part = {}, int least = 0) {
  JpegJob job;
  struct Release {
    jpeg_decompress_struct* decoder;
    ~Release() { jpeg_destroy_decompress(decoder); }
  } release{&job.decoder};
  const auto fail = [&] {
    bad_image(name, std::string("damaged or unsupported JPEG (") + job.message + ").",
              "Restore the file from its source, save it again as an ordinary 8-bit JPEG, or remove it.");
  };
  if (!jpeg_start(job, reinterpret_cast<const std::uint8_t*>(file.data()), file.size())) fail();

  checked_rgb_bytes(job.decoder.image_width, job.decoder.image_height, file.size(), name, limits);
  job.box = part_of(part, static_cast<int>(job.decoder.image_height), static_cast<int>(job.decoder.image_width));
  if (least > 0) {  // a part that is still large enough at a smaller scale
    while (job.scale < 8 && std::min(job.box.height, job.box.width) / (2 * job.scale) >= least) job.scale *= 2;
    for (int* length : {&job.box.top, &job.box.left, &job.box.height, &job.box.width}) *length /= job.scale;
  }
  const auto channels = static_cast<std::size_t>(job.decoder.num_components);
  Image out = blank_image(job.box.height, job.box.width);
  const std::size_t count = out.rgb.size() / 3;
  Pixels raw(channels == 3 ? 0 : count * channels), line(job.decoder.image_width * channels);
  job.pixels = channels == 3 ? out.rgb.data() : raw.data();
  job.line = line.data();
  if (!jpeg_finish(job)) fail();
  if (channels == 4) inverted_cmyk_to_rgb(raw.data(), count, out.rgb.data());
  if (channels == 1) grey_to_rgb(raw.data(), count, out.rgb.data());
  return out;
}

}  // namespace tuneit::io::detail
