#pragma once
// One byte a pixel to three equal ones.
#include <cstddef>
#include <cstdint>

#include "tuneit/io/image/vectors.hpp"

namespace tuneit::io::detail {

[[gnu::always_inline]] inline void repeat_thrice(const std::uint8_t* grey, std::size_t count, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < count; ++i) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
}

#if defined(TUNEIT_AVX2)
TUNEIT_AVX2 inline void repeat_thrice_avx2(const std::uint8_t* grey, std::size_t count, std::uint8_t* rgb) {
  repeat_thrice(grey, count, rgb);
}
#endif

/// `rgb`: 3 * count bytes that do not overlap with `grey`.
inline void grey_to_rgb(const std::uint8_t* grey, std::size_t count, std::uint8_t* rgb) {
#if defined(TUNEIT_AVX2)
  if (has_avx2()) return repeat_thrice_avx2(grey, count, rgb);
#endif
  repeat_thrice(grey, count, rgb);
}

}  // namespace tuneit::io::detail
