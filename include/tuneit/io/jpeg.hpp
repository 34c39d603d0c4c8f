#pragma once
// How does a JPEG become RGB bytes? (libjpeg API of libjpeg-turbo; include through picture.hpp)
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h uses FILE without including it
#include <span>
#include <string>
#include <vector>

#include <jpeglib.h>

#include <jerror.h>

#include "tuneit/io/picture_types.hpp"

namespace tuneit::io::detail {

/// Everything a decoding needs lives here, outside the function that calls setjmp: its locals hold no destructor that
/// a longjmp could skip and no value that it could make indeterminate.
struct JpegJob {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  char message[JMSG_LENGTH_MAX] = {};
  std::uint8_t* pixels = nullptr;  // interleaved, as the decoder gives them
  std::size_t row_bytes = 0;
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

inline bool jpeg_finish(JpegJob& job) {
  if (setjmp(job.escape) != 0) return false;
  jpeg_start_decompress(&job.decoder);
  while (job.decoder.output_scanline < job.decoder.output_height) {
    JSAMPROW row = job.pixels + job.row_bytes * job.decoder.output_scanline;
    jpeg_read_scanlines(&job.decoder, &row, 1);
  }
  jpeg_finish_decompress(&job.decoder);
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

inline Picture decode_jpeg(std::span<const std::byte> file, const std::string& name, const PictureLimits& limits) {
  JpegJob job;
  struct Release {
    jpeg_decompress_struct* decoder;
    ~Release() { jpeg_destroy_decompress(decoder); }
  } release{&job.decoder};
  const auto fail = [&] {
    bad_picture(name, std::string("damaged or unsupported JPEG (") + job.message + ").",
                "Restore the file from its source, save it again as an ordinary 8-bit JPEG, or remove it.");
  };
  if (!jpeg_start(job, reinterpret_cast<const std::uint8_t*>(file.data()), file.size())) fail();

  Picture out;
  const std::size_t rgb_bytes =
      checked_rgb_bytes(job.decoder.image_width, job.decoder.image_height, file.size(), name, limits);
  out.width = static_cast<int>(job.decoder.image_width);
  out.height = static_cast<int>(job.decoder.image_height);
  const auto channels = static_cast<std::size_t>(job.decoder.num_components);
  const std::size_t count = rgb_bytes / 3;
  std::vector<std::uint8_t> raw(count * channels);
  job.pixels = raw.data();
  job.row_bytes = static_cast<std::size_t>(out.width) * channels;
  if (!jpeg_finish(job)) fail();

  if (channels == 3) {
    out.rgb = std::move(raw);
    return out;
  }
  out.rgb.resize(rgb_bytes);
  if (channels == 4)
    inverted_cmyk_to_rgb(raw.data(), count, out.rgb.data());
  else
    for (std::size_t p = 0; p < rgb_bytes; ++p) out.rgb[p] = raw[p / 3];
  return out;
}

}  // namespace tuneit::io::detail
