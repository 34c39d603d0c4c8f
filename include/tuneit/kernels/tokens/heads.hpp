#pragma once
// The heads of one sample go back to where they lie side by side.
#include <cstdint>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"

namespace tuneit::kernels {

/// from: [heads, tokens, width], one behind the other; to: rows of `stride` numbers, of which heads * width are
/// written, times `scale`.
template <class T>
void put_heads(const T* from, T* to, std::int64_t heads, std::int64_t tokens, std::int64_t width, std::int64_t stride,
               double scale) {
  vectorized([&]() __attribute__((always_inline)) {
    const auto by = static_cast<Compute<T>>(scale);
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t t = 0; t < tokens; ++t) {
        const T* const row = from + (h * tokens + t) * width;
        T* const there = to + t * stride + h * width;
        TUNEIT_INDEPENDENT
        for (std::int64_t i = 0; i < width; ++i) there[i] = narrow<T>(widen(row[i]) * by);
      }
  });
}

}  // namespace tuneit::kernels
