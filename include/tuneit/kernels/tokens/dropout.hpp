#pragma once
// Dropout: numbers are zeroed at random, the others scaled up.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/isa/pack.hpp"
#include "tuneit/kernels/isa/parallel.hpp"
#include "tuneit/kernels/tokens/random.hpp"

namespace tuneit::kernels {

namespace detail {

/// y = x scale where it is kept, else 0, for the n places of a row.
template <class T>
[[gnu::always_inline]] inline void drop_row(const T* x, T* y, std::int64_t n, RowKey key, std::uint32_t share,
                                            Compute<T> scale) {
  constexpr std::int64_t half = lots_at_once / 2;
  std::int64_t at = 0;
  std::uint32_t counter = 0;
  for (; at + lots_at_once <= n; at += lots_at_once, counter += half) {
    Compute<T> low[half], high[half];
    TUNEIT_INDEPENDENT
    for (std::int64_t l = 0; l < half; ++l) {
      const std::uint32_t lots = two_lots(key, counter + static_cast<std::uint32_t>(l));
      low[l] = (lots & 0xffffu) < share ? Compute<T>(0) : scale;
      high[l] = (lots >> 16) < share ? Compute<T>(0) : scale;
    }
    TUNEIT_INDEPENDENT
    for (std::int64_t l = 0; l < half; ++l) y[at + l] = narrow<T>(widen(x[at + l]) * low[l]);
    TUNEIT_INDEPENDENT
    for (std::int64_t l = 0; l < half; ++l) y[at + half + l] = narrow<T>(widen(x[at + half + l]) * high[l]);
  }
  for (std::int64_t l = 0; at + l < n; ++l) {
    const std::uint32_t lots = two_lots(key, counter + static_cast<std::uint32_t>(l % half));
    const bool dropped = (l < half ? lots & 0xffffu : lots >> 16) < share;
    y[at + l] = narrow<T>(dropped ? Compute<T>(0) : widen(x[at + l]) * scale);
  }
}

/// The same in single precision, by registers of so many bytes: loops over short arrays would go through memory.
template <int Bytes, class T>
[[gnu::always_inline]] inline void drop_row_packed(const T* x, T* y, std::int64_t n, RowKey key, std::uint32_t share,
                                                   float scale) {
  constexpr int N = Bytes / 4;
  constexpr std::int64_t half = lots_at_once / 2;
  using P = Pack<float, N>;
  using Bits = typename Lanes<std::int32_t, N>::Vector;
  const P up = splat<P>(scale);
  std::uint32_t counter = 0;
  const auto keep = [&](std::int64_t at, const Bits& dropped) __attribute__((always_inline)) {
    const int lanes = static_cast<int>(std::min<std::int64_t>(n - at, N));
    if (lanes <= 0) return;
    P v = load<P>(x + at, lanes);
    v.v = reinterpret_cast<typename P::Vector>(reinterpret_cast<Bits>(v.v * up.v) & ~dropped);
    store(y + at, v, lanes);
  };
  for (std::int64_t at = 0; at < n; at += lots_at_once, counter += half)
    for (int l = 0; l < half; l += N) {
      Bits low, high;
      drops_of<N>(key, counter + static_cast<std::uint32_t>(l), share, low, high);
      keep(at + l, low);
      keep(at + half + l, high);
    }
}

/// Numbers of a row, where nothing else says it.
inline constexpr std::int64_t dropout_row = 1024;

}  // namespace detail

/// y = x scale where it is kept, else 0, of n numbers in rows of `size`; y may be x. Runs on every processor, with the
/// same draws.
template <class T>
void dropout(const T* x, T* y, std::int64_t n, const Dropping& d, std::int64_t size = detail::dropout_row) {
  const std::int64_t rows = (n + size - 1) / size;
  const auto scale = static_cast<Compute<T>>(d.scale());
  parallel_for(rows, 1 + 32 * detail::dropout_row / size, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_same_v<Compute<T>, float>)
      if (has_vectors())
        return with_register_size([&](auto bytes) {
          compiled_for<bytes.value>([&]() __attribute__((always_inline)) {
            for (std::int64_t r = begin; r < end; ++r)
              detail::drop_row_packed<bytes.value>(x + r * size, y + r * size, std::min(size, n - r * size),
                                                   detail::row_key(d.key, r), d.share, scale);
          });
        });
    const auto run = [&]() __attribute__((always_inline)) {
      for (std::int64_t r = begin; r < end; ++r)
        detail::drop_row(x + r * size, y + r * size, std::min(size, n - r * size), detail::row_key(d.key, r), d.share,
                         scale);
    };
    if (has_vectors())
      vectorized(run);
    else
      run();
  });
}

}  // namespace tuneit::kernels
