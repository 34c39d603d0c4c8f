#pragma once
// Winograd's F(4x4, 3x3) in small: tiles of 4x4 results, their transforms, and how tiles lie in pictures. A 3x3
// convolution of a 6x6 tile becomes 36 products instead of 144 (Lavin, Gray: Fast Algorithms for Convolutional Neural
// Networks, 2015; points 0, 1, -1, 2, -2, infinity).
#include <algorithm>
#include <cstdint>

#include "tuneit/kernels/isa/pack.hpp"

namespace tuneit::kernels {

/// A convolution 3x3 with stride 1 and padding 1 of n pictures of h x w pixels, from `in` to `out` channels.
struct Winograd {
  std::int64_t n = 0;
  int h = 0, w = 0, in = 0, out = 0;

  static constexpr int panel = 32;  ///< channels come in panels of so many
  [[nodiscard]] int tile_rows() const { return (h + 3) / 4; }
  [[nodiscard]] int tile_columns() const { return (w + 3) / 4; }
  [[nodiscard]] std::int64_t tiles() const { return n * tile_rows() * tile_columns(); }

  /// Is this way faster than the direct one? Not for odd channel counts, few tiles (weights must be transformed), tiles
  /// that are mostly outside of the picture, and processors without wide registers. Direct convolutions in bfloat16
  /// have twice the speed of those in single precision, and more with tiles of their own: there it is the faster way
  /// between few channels, and to the gradient of the weights (of which libraries make less).
  template <class T>
  [[nodiscard]] bool worthwhile(bool weight_gradient = false) const {
    const bool beats_bfloat16 = (weight_gradient || std::int64_t{in} * out <= 128 * 128) && !has_bfloat16_tiles();
    return (std::is_same_v<T, float> || (std::is_same_v<T, Bf16> && beats_bfloat16)) && in % panel == 0 &&
           out % panel == 0 && tiles() >= 48 && 2 * h * w >= 16 * tile_rows() * tile_columns() && isa() != Isa::Plain;
  }
  /// The same convolution of the gradient on its way back.
  [[nodiscard]] Winograd backward() const { return {n, h, w, out, in}; }
};

namespace detail {

inline constexpr int points = 36;  // of the transformed tile

/// B^T d
template <class P>
[[gnu::always_inline]] inline void to_points(const P (&d)[6], P (&r)[6]) {
  P even, odd;
  r[0].v = 4 * d[0].v - 5 * d[2].v + d[4].v;
  even.v = d[4].v - 4 * d[2].v;
  odd.v = d[3].v - 4 * d[1].v;
  r[1].v = even.v + odd.v;
  r[2].v = even.v - odd.v;
  even.v = d[4].v - d[2].v;
  odd.v = 2 * (d[3].v - d[1].v);
  r[3].v = even.v + odd.v;
  r[4].v = even.v - odd.v;
  r[5].v = 4 * d[1].v - 5 * d[3].v + d[5].v;
}

/// A^T m
template <class P>
[[gnu::always_inline]] inline void from_points(const P (&m)[6], P (&y)[4]) {
  P s1, d1, s2, d2;
  s1.v = m[1].v + m[2].v;
  d1.v = m[1].v - m[2].v;
  s2.v = m[3].v + m[4].v;
  d2.v = m[3].v - m[4].v;
  y[0].v = m[0].v + s1.v + s2.v;
  y[1].v = d1.v + 2 * d2.v;
  y[2].v = s1.v + 4 * s2.v;
  y[3].v = d1.v + 8 * d2.v + m[5].v;
}

/// A y
template <class P>
[[gnu::always_inline]] inline void results_to_points(const P (&y)[4], P (&r)[6]) {
  P even, odd;
  r[0] = y[0];
  even.v = y[0].v + y[2].v;
  odd.v = y[1].v + y[3].v;
  r[1].v = even.v + odd.v;
  r[2].v = even.v - odd.v;
  even.v = y[0].v + 4 * y[2].v;
  odd.v = 2 * (y[1].v + 4 * y[3].v);
  r[3].v = even.v + odd.v;
  r[4].v = even.v - odd.v;
  r[5] = y[3];
}

/// G g
template <class P>
[[gnu::always_inline]] inline void weights_to_points(const P (&g)[3], P (&u)[6]) {
  P even, odd;
  u[0].v = g[0].v * 0.25f;
  even.v = (g[0].v + g[2].v) * (-1 / 6.0f);
  odd.v = g[1].v * (-1 / 6.0f);
  u[1].v = even.v + odd.v;
  u[2].v = even.v - odd.v;
  even.v = g[0].v * (1 / 24.0f) + g[2].v * (1 / 6.0f);
  odd.v = g[1].v * (1 / 12.0f);
  u[3].v = even.v + odd.v;
  u[4].v = even.v - odd.v;
  u[5] = g[2];
}

/// G^T u
template <class P>
[[gnu::always_inline]] inline void points_to_weights(const P (&u)[6], P (&g)[3]) {
  P s1, s2;
  s1.v = (u[1].v + u[2].v) * (1 / 6.0f);
  s2.v = u[3].v + u[4].v;
  g[0].v = 0.25f * u[0].v - s1.v + s2.v * (1 / 24.0f);
  g[1].v = (u[2].v - u[1].v) * (1 / 6.0f) + (u[3].v - u[4].v) * (1 / 12.0f);
  g[2].v = s2.v * (1 / 6.0f) - s1.v + u[5].v;
}

/// Along the columns of load(row, column), then along the rows; the results go to put(row, column, pack).
template <class P, int In, int Out, class Line, class Load, class Put>
[[gnu::always_inline]] inline void transform(const Line& line, const Load& load, const Put& put) {
  P half[std::size_t{Out}][std::size_t{In}];
  for (int j = 0; j < In; ++j) {
    P from[std::size_t{In}], to[std::size_t{Out}];
    TUNEIT_UNROLL for (int i = 0; i < In; ++i) from[i] = load(i, j);
    line(from, to);
    TUNEIT_UNROLL for (int i = 0; i < Out; ++i) half[i][j] = to[i];
  }
  for (int i = 0; i < Out; ++i) {
    P to[std::size_t{Out}];
    line(half[i], to);
    TUNEIT_UNROLL for (int j = 0; j < Out; ++j) put(i, j, to[j]);
  }
}

/// Where a tile lies: its picture, and the first pixel of its results.
struct Tile {
  std::int64_t picture;
  int y, x;
};
[[gnu::always_inline]] inline Tile tile_at(const Winograd& g, std::int64_t index) {
  const int per_row = g.tile_columns(), per_picture = g.tile_rows() * per_row;
  const int within = static_cast<int>(index % per_picture);
  return {index / per_picture, within / per_row * 4, within % per_row * 4};
}

/// Tiles [begin, end) of x [n, h, w, channels], Side x Side pixels from `before` pixels before the results on, zeros
/// around the picture, transformed by `line`: to [point][panel of channels][tile][32], `rows` tiles apart.
template <class P, int N, int Side, class Line, class T>
[[gnu::always_inline]] inline void tiles_to_points(const Winograd& g, const T* x, int channels, int before,
                                                   std::int64_t begin, std::int64_t end, const Line& line, float* to,
                                                   std::int64_t rows) {
  const std::int64_t panels = channels / Winograd::panel, point = panels * rows * Winograd::panel;
  for (std::int64_t t = begin; t < end; ++t) {
    const Tile tile = tile_at(g, t);
    const int y0 = tile.y - before, x0 = tile.x - before;
    const bool inside = y0 >= 0 && x0 >= 0 && y0 + Side <= g.h && x0 + Side <= g.w;
    const T* corner = x + ((tile.picture * g.h + y0) * g.w + x0) * channels;
    float* out = to + (t - begin) * Winograd::panel;
    for (int c = 0; c < channels; c += N) {
      float* const at = out + c / Winograd::panel * rows * Winograd::panel + c % Winograd::panel;
      const auto put = [&](int i, int j, const P& p) __attribute__((always_inline)) {
        store(at + (i * 6 + j) * point, p);
      };
      if (inside)
        transform<P, Side, 6>(
            line,
            [&](int i, int j)
                __attribute__((always_inline)) { return load<P>(corner + (std::int64_t{i} * g.w + j) * channels + c); },
            put);
      else
        transform<P, Side, 6>(
            line,
            [&](int i, int j) __attribute__((always_inline)) {
              const bool there = y0 + i >= 0 && y0 + i < g.h && x0 + j >= 0 && x0 + j < g.w;
              return there ? load<P>(corner + (std::int64_t{i} * g.w + j) * channels + c) : P{};
            },
            put);
    }
  }
}

}  // namespace detail
}  // namespace tuneit::kernels
