#pragma once
// A picture of the data: samples in rows, as they are, as tests see them, and as training sees them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/image/image.hpp"
#include "tuneit/io/image/upright.hpp"

namespace tuneit::data {

struct SheetOptions {
  std::size_t rows = 8;           ///< samples
  std::size_t versions = 6;       ///< of each, as training sees it in its first epochs
  std::uint64_t seed = 0;         ///< of the loader; it also chooses the samples
  std::uint64_t views = 0;        ///< as LoaderOptions::views
  int gap = 4;                    ///< white pixels between pictures
  bool exif_orientation = false;  ///< as LoaderOptions::exif_orientation
};

namespace detail {

/// The whole picture within side x side, white around it.
inline io::Image fitted(const io::Image& in, int side) {
  const double scale = static_cast<double>(side) / std::max(in.width, in.height);
  const auto scaled = [&](int length) { return std::clamp(static_cast<int>(length * scale + 0.5), 1, side); };
  return resize(in, {scaled(in.height), scaled(in.width)});
}

/// Puts a picture into a sheet, in the middle of the cell whose upper left corner is (left, top).
inline void put(io::Image& sheet, const io::Image& picture, int left, int top, int side) {
  left += (side - picture.width) / 2;
  top += (side - picture.height) / 2;
  const std::size_t row = 3 * static_cast<std::size_t>(picture.width);
  for (int y = 0; y < picture.height; ++y) {
    const std::size_t at =
        static_cast<std::size_t>(top + y) * static_cast<std::size_t>(sheet.width) + static_cast<std::size_t>(left);
    std::memcpy(sheet.rgb.data() + 3 * at, picture.rgb.data() + row * static_cast<std::size_t>(y), row);
  }
}

}  // namespace detail

/// A row for each of some samples: the whole picture, what tests see of it (each of their views), then the very pixels
/// that training sees in epochs 1, 2, ... with a loader of this seed. Throws as read_image.
inline io::Image contact_sheet(const std::vector<Sample>& samples, const Augment& train, const Augment& test,
                               const SheetOptions& options = {}) {
  const std::size_t rows = std::min(options.rows, samples.size());
  const std::size_t columns = 1 + test.views() + options.versions;
  if (rows == 0) throw Error(ErrorKind::Data, "There are no samples to show.");
  const int side = train.size(), step = side + options.gap;
  io::Image sheet{static_cast<int>(columns) * step + options.gap, static_cast<int>(rows) * step + options.gap, {}};
  sheet.rgb.assign(3 * static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height), 255);
  const std::vector<std::size_t> chosen = permutation(samples.size(), options.seed, 0, Stream::Permutation, 1);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t at = chosen[row];
    const std::string& path = samples[at].path;
    const io::Image picture = options.exif_orientation ? io::read_upright(path) : io::read_image(path);
    std::size_t column = 0;
    const auto show = [&](const io::Image& shown) {
      detail::put(sheet, shown, static_cast<int>(column++) * step + options.gap,
                  static_cast<int>(row) * step + options.gap, side);
    };
    show(detail::fitted(picture, side));
    for (std::size_t view = 0; view < test.views(); ++view) {
      Draws draws(options.seed, view, at);
      show(test.shown(picture, draws, view));
    }
    for (std::uint64_t epoch = 1; epoch <= options.versions; ++epoch) {
      Draws draws(options.seed, options.views == 0 ? epoch : epoch % options.views, at);
      show(train.shown(picture, draws));
    }
  }
  return sheet;
}

}  // namespace tuneit::data
