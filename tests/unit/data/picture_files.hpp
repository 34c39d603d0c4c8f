#pragma once
// Files for the tests of io/ and data/: a folder that disappears, and encoders for what is put there.
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <jpeglib.h>
#include <png.h>
#include <unistd.h>
#include <webp/encode.h>

#include <tuneit/io/image/image_types.hpp>

namespace tuneit::test {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "tuneit-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  fs::path write(const fs::path& name, std::string_view text) const {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  fs::path write(const fs::path& name, const Bytes& bytes) const {
    return write(name, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }

 private:
  fs::path path_;
};

inline std::span<const std::byte> bytes_of(const Bytes& bytes) { return std::as_bytes(std::span(bytes)); }

/// Smooth colours that depend on `tint`, so that pictures can be told apart after a lossy codec.
inline io::Image gradient(int width, int height, int tint = 0) {
  io::Image out{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const int v : {x * 255 / width, y * 255 / height, tint}) out.rgb.push_back(static_cast<std::uint8_t>(v));
  return out;
}

/// `adjust` may change what the encoder does before it starts.
inline Bytes encode_jpeg(const io::Image& picture, bool progressive = false, int components = 3,
                         void (*adjust)(jpeg_compress_struct&) = nullptr) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &memory, &size);
  encoder.image_width = static_cast<JDIMENSION>(picture.width);
  encoder.image_height = static_cast<JDIMENSION>(picture.height);
  encoder.input_components = components;  // of an interleaved buffer; 4: CMYK, 2: of no known meaning
  encoder.in_color_space = components == 3   ? JCS_RGB
                           : components == 4 ? JCS_CMYK
                           : components == 2 ? JCS_UNKNOWN
                                             : JCS_GRAYSCALE;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 90, TRUE);
  if (progressive) jpeg_simple_progression(&encoder);
  if (adjust != nullptr) adjust(encoder);
  jpeg_start_compress(&encoder, TRUE);
  Bytes row(static_cast<std::size_t>(picture.width * components));
  while (encoder.next_scanline < encoder.image_height) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x)
      for (std::size_t c = 0; c < static_cast<std::size_t>(components); ++c)
        row[x * static_cast<std::size_t>(components) + c] =
            picture.rgb[(encoder.next_scanline * static_cast<std::size_t>(picture.width) + x) * 3 + c % 3];
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&encoder, &pointer, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  Bytes out(memory, memory + size);
  std::free(memory);
  return out;
}

inline Bytes encode_png(const io::Image& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  Bytes out(size);
  if (png_image_write_to_memory(&image, out.data(), &size, 0, picture.rgb.data(), 0, nullptr) == 0) std::abort();
  out.resize(size);
  return out;
}

/// Any colour type and depth that PNG knows, with pixels that only depend on the size. Stored, not compressed: a
/// changed byte of the file is a changed pixel. A palette has two colours, the first transparent, and all pixels are
/// the first.
inline Bytes encode_png(int colour, int depth, int interlace, int width, int height) {
  Bytes out;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  const auto append = [](png_structp png, png_bytep bytes, png_size_t n) {
    auto* to = static_cast<Bytes*>(png_get_io_ptr(png));
    to->insert(to->end(), bytes, bytes + n);
  };
  png_set_write_fn(writer, &out, append, nullptr);
  png_set_compression_level(writer, 0);
  png_set_IHDR(writer, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), depth, colour,
               interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    const png_color colours[] = {{255, 10, 20}, {0, 255, 0}};
    const png_byte alpha[] = {0, 128};
    png_set_PLTE(writer, info, colours, 2);
    png_set_tRNS(writer, info, alpha, 2, nullptr);
  }
  png_write_info(writer, info);
  std::vector<Bytes> rows(static_cast<std::size_t>(height), Bytes(png_get_rowbytes(writer, info)));
  std::vector<png_bytep> pointers;
  std::uint8_t value = 0;
  for (Bytes& row : rows) {
    if (colour != PNG_COLOR_TYPE_PALETTE)
      for (std::uint8_t& byte : row) byte = value = static_cast<std::uint8_t>(value * 5 + 37);
    pointers.push_back(row.data());
  }
  png_write_image(writer, pointers.data());
  png_write_end(writer, nullptr);
  png_destroy_write_struct(&writer, &info);
  return out;
}

inline Bytes encode_webp(const io::Image& picture) {
  std::uint8_t* memory = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGB(picture.rgb.data(), picture.width, picture.height, 3 * picture.width, &memory);
  Bytes out(memory, memory + size);
  WebPFree(memory);
  return out;
}

}  // namespace tuneit::test
