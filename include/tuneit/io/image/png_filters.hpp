#pragma once
// How are the filters of a PNG's rows undone? For samples of 8 bits (W3C PNG specification, third edition, section 9;
// without libpng, which takes several times as long over rows that each depend on the one above).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "tuneit/io/image/vectors.hpp"

namespace tuneit::io::detail {

/// Eight numbers that one instruction computes with.
using EightShorts __attribute__((vector_size(16))) = std::int16_t;

/// The nearest to left + above - corner of the three.
inline int paeth(int left, int above, int corner) {
  const int by_left = std::abs(above - corner), by_above = std::abs(left - corner),
            by_corner = std::abs(left + above - 2 * corner);
  return by_left <= by_above && by_left <= by_corner ? left : by_above <= by_corner ? above : corner;
}

template <std::size_t Channels>
inline void undo_paeth_pixel(const std::uint8_t* above, std::uint8_t* row, std::size_t x) {
  for (std::size_t i = x * Channels; i < (x + 1) * Channels; ++i) {
    const int left = i < Channels ? 0 : row[i - Channels], corner = i < Channels ? 0 : above[i - Channels];
    row[i] = static_cast<std::uint8_t>(row[i] + paeth(left, above[i], corner));
  }
}

/// What stands above: the first row's comes from outside, the others' are the results of the row before.
template <std::size_t Channels, std::size_t... I>
[[gnu::always_inline]] inline EightShorts moved_down(EightShorts first, EightShorts results,
                                                     std::index_sequence<I...>) {
  return __builtin_shufflevector(first, results, (I < Channels ? I : 8 + I - Channels)...);
}

/// Paeth's filter in 8 / Channels rows at once. Each pixel needs its left neighbour, so a row alone is computed one by
/// one; here row r is r pixels behind the first, which makes one diagonal of pixels that do not need each other.
template <std::size_t Channels>
[[gnu::always_inline]] inline void undo_paeth_rows(const std::uint8_t* above, std::uint8_t* rows, std::size_t width,
                                                   std::size_t stride) {
  constexpr std::size_t count = 8 / Channels;
  const auto row = [rows, stride](std::size_t r) { return rows + r * stride; };
  const auto over = [&](std::size_t r) -> const std::uint8_t* { return r == 0 ? above : row(r - 1); };
  const std::size_t first = width < count ? width : count - 1;  // where the diagonal is complete
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t x = 0; x < width && (width < count || x + r < first); ++x)
      undo_paeth_pixel<Channels>(over(r), row(r), x);
  if (width < count) return;
  EightShorts left{}, corner{};
  for (std::size_t r = 0; r + 1 < count; ++r)
    for (std::size_t c = 0; c < Channels; ++c) {
      const std::size_t at = (first - 1 - r) * Channels + c;
      left[r * Channels + c] = row(r)[at];
      corner[r * Channels + c] = over(r)[at];
    }
  for (std::size_t x = first; x < width; ++x) {
    EightShorts coded{}, outside{};
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t c = 0; c < Channels; ++c) coded[r * Channels + c] = rows[r * stride + (x - r) * Channels + c];
    for (std::size_t c = 0; c < Channels; ++c) outside[c] = above[x * Channels + c];
    const EightShorts up = moved_down<Channels>(outside, left, std::make_index_sequence<8>{});
    const EightShorts a = up - corner, b = left - corner, c = a + b;
    const EightShorts by_left = a > 0 ? a : -a, by_up = b > 0 ? b : -b, by_corner = c > 0 ? c : -c;
    const EightShorts nearer = by_up < by_left ? by_up : by_left;
    EightShorts best = by_up < by_left ? up : left;
    best = by_corner < nearer ? corner : best;
    corner = up;
    left = (coded + best) & 255;
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t c2 = 0; c2 < Channels; ++c2)
        rows[r * stride + (x - r) * Channels + c2] = static_cast<std::uint8_t>(left[r * Channels + c2]);
  }
  for (std::size_t r = 1; r < count; ++r)
    for (std::size_t x = width - r; x < width; ++x) undo_paeth_pixel<Channels>(over(r), row(r), x);
}

#if defined(TUNEIT_AVX2)
template <std::size_t Channels>
TUNEIT_AVX2 void undo_paeth_rows_avx2(const std::uint8_t* above, std::uint8_t* rows, std::size_t width,
                                      std::size_t stride) {
  undo_paeth_rows<Channels>(above, rows, width, stride);
}
#endif

template <std::size_t Channels>
void undo_paeth_block(const std::uint8_t* above, std::uint8_t* rows, std::size_t width, std::size_t stride) {
#if defined(TUNEIT_AVX2)
  if (has_avx2()) return undo_paeth_rows_avx2<Channels>(above, rows, width, stride);
#endif
  undo_paeth_rows<Channels>(above, rows, width, stride);
}

/// One row, of any filter but Paeth's, whose bytes are at `row`.
template <std::size_t Channels>
void undo_simple_row(int filter, const std::uint8_t* above, std::uint8_t* row, std::size_t bytes) {
  const auto add = [row](std::size_t i, int predicted) { row[i] = static_cast<std::uint8_t>(row[i] + predicted); };
  switch (filter) {
    case 1:
      for (std::size_t i = Channels; i < bytes; ++i) add(i, row[i - Channels]);
      break;
    case 2:
      for (std::size_t i = 0; i < bytes; ++i) add(i, above[i]);
      break;
    case 3:
      for (std::size_t i = 0; i < Channels; ++i) add(i, above[i] / 2);
      for (std::size_t i = Channels; i < bytes; ++i) add(i, (row[i - Channels] + above[i]) / 2);
      break;
    default:
      break;
  }
}

/// Rows begin with a byte that says which filter they have. Are all of them known?
inline bool filters_are_known(const std::uint8_t* rows, std::size_t height, std::size_t stride) {
  for (std::size_t y = 0; y < height; ++y)
    if (rows[y * stride] > 4) return false;
  return true;
}

/// Undoes the filters of the first `height` rows, each its filter's byte and then width * Channels bytes, where they
/// lie.
template <std::size_t Channels>
void undo_filters(std::uint8_t* rows, std::size_t width, std::size_t height) {
  constexpr std::size_t at_once = 8 / Channels;
  const std::size_t bytes = width * Channels, stride = 1 + bytes;
  const std::vector<std::uint8_t> nothing(bytes);
  const std::uint8_t* above = nothing.data();
  for (std::size_t y = 0; y < height;) {
    std::uint8_t* row = rows + y * stride + 1;
    std::size_t run = 0;
    while (run < at_once && y + run < height && rows[(y + run) * stride] == 4) ++run;
    if (run == at_once) {
      undo_paeth_block<Channels>(above, row, width, stride);
    } else {
      run = 1;
      if (row[-1] == 4)
        for (std::size_t x = 0; x < width; ++x) undo_paeth_pixel<Channels>(above, row, x);
      else
        undo_simple_row<Channels>(row[-1], above, row, bytes);
    }
    y += run;
    above = rows + (y - 1) * stride + 1;
  }
}

inline void undo_filters(std::uint8_t* rows, std::size_t width, std::size_t height, std::size_t channels) {
  switch (channels) {
    case 1:
      return undo_filters<1>(rows, width, height);
    case 2:
      return undo_filters<2>(rows, width, height);
    case 3:
      return undo_filters<3>(rows, width, height);
    default:
      return undo_filters<4>(rows, width, height);
  }
}

}  // namespace tuneit::io::detail
