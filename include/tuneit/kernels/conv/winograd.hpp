#pragma once
// Winograd's algorithm at work: a 3x3 convolution and the gradient of its weights, on channels-last pictures. Numbers
// are read and written as T; everything between is in single precision.
#include <algorithm>

#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/winograd_weights.hpp"

namespace tuneit::kernels {

namespace detail {

/// Tiles that a thread takes at once: their points stay in its cache.
inline constexpr int tiles_at_once = 48;
/// Tiles of a weight gradient that are transformed at once, by all threads.
inline std::int64_t tiles_of_gradient(const Winograd& g) {
  const std::int64_t fit = (std::int64_t{6} << 20) / (std::int64_t{points} * (g.in + g.out) * 4);
  return std::min(g.tiles(), std::max<std::int64_t>(fit, 192));
}

/// Rows of results that the registers hold at once.
template <int Bytes>
inline constexpr int product_rows = Bytes == 64 ? 8 : 4;

/// c[row][32] = the sum over a[panel][row][32] of b[channel][32]; rows: a multiple of R.
template <int R, class P, int N>
[[gnu::always_inline]] inline void product(const float* a, std::int64_t rows, std::int64_t panels, const float* b,
                                           float* c) {
  constexpr int panel = Winograd::panel;
  for (std::int64_t r0 = 0; r0 < rows; r0 += R)
    for (int j0 = 0; j0 < panel; j0 += 2 * N) {
      P sum[std::size_t{R}][2] = {};
      for (std::int64_t p = 0; p < panels; ++p) {
        const float *from = a + (p * rows + r0) * panel, *weights = b + p * panel * panel + j0;
        for (int k = 0; k < panel; ++k) {
          const P w0 = load<P>(weights + k * panel), w1 = load<P>(weights + k * panel + N);
          TUNEIT_UNROLL for (int r = 0; r < R; ++r) {
            const P x = broadcast<P>(from + r * panel + k);
            sum[r][0] = fma(x, w0, sum[r][0]);
            sum[r][1] = fma(x, w1, sum[r][1]);
          }
        }
      }
      TUNEIT_UNROLL for (int r = 0; r < R; ++r) {
        store(c + (r0 + r) * panel + j0, sum[r][0]);
        store(c + (r0 + r) * panel + j0 + N, sum[r][1]);
      }
    }
}

/// c[r][32] += the sum over tiles of a[tile][r] b[tile][32], for R rows; `first`: c is not read.
template <int R, class P, int N>
[[gnu::always_inline]] inline void outer_products(const float* a, const float* b, std::int64_t tiles, float* c,
                                                  bool first) {
  constexpr int panel = Winograd::panel;
  for (int j0 = 0; j0 < panel; j0 += 2 * N) {
    P sum[std::size_t{R}][2] = {};
    if (!first) TUNEIT_UNROLL for (int r = 0; r < R; ++r) {
        sum[r][0] = load<P>(c + r * panel + j0);
        sum[r][1] = load<P>(c + r * panel + j0 + N);
      }
    for (std::int64_t t = 0; t < tiles; ++t) {
      const P x0 = load<P>(b + t * panel + j0), x1 = load<P>(b + t * panel + j0 + N);
      TUNEIT_UNROLL for (int r = 0; r < R; ++r) {
        const P d = broadcast<P>(a + t * panel + r);
        sum[r][0] = fma(d, x0, sum[r][0]);
        sum[r][1] = fma(d, x1, sum[r][1]);
      }
    }
    TUNEIT_UNROLL for (int r = 0; r < R; ++r) {
      store(c + r * panel + j0, sum[r][0]);
      store(c + r * panel + j0 + N, sum[r][1]);
    }
  }
}

}  // namespace detail

/// How many threads work on it: their number decides the scratch memory.
inline int winograd_threads(const Winograd& g) { return threads_for(g.tiles(), 8); }

/// Floats of scratch memory for winograd_forward.
inline std::int64_t winograd_scratch(const Winograd& g) {
  return winograd_threads(g) * std::int64_t{detail::points} * detail::tiles_at_once * (g.in + Winograd::panel);
}

/// Convolves x [n, h, w, in] with transformed weights u and gives the results to `sink` (see sinks.hpp).
template <class T, class Sink>
void winograd_forward(const Winograd& g, const T* x, const float* u, const Sink& sink, float* scratch) {
  constexpr int panel = Winograd::panel;
  const int threads = winograd_threads(g);
  const std::int64_t own = winograd_scratch(g) / threads;
  sink.begin(threads, g.out);
  parallel_parts(threads, g.tiles(), [&](int thread, std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / 4, R = detail::product_rows<bytes>;
      using P = Pack<float, N>;
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        float* const v = scratch + thread * own;
        float* const m = v + std::int64_t{detail::points} * detail::tiles_at_once * g.in;
        const std::int64_t panels = g.in / panel, all = end - begin,
                           blocks = (all + detail::tiles_at_once - 1) / detail::tiles_at_once,
                           size = ((all + blocks - 1) / blocks + R - 1) / R * R;
        for (std::int64_t t0 = begin; t0 < end; t0 += size) {
          const std::int64_t t1 = std::min(end, t0 + size), rows = (t1 - t0 + R - 1) / R * R;
          detail::tiles_to_points<P, N, 6>(
              g, x, g.in, 1, t0, t1,
              [](const P(&d)[6], P(&r)[6]) __attribute__((always_inline)) { detail::to_points(d, r); }, v, rows);
          for (int o = 0; o < g.out; o += panel) {
            for (int q = 0; q < detail::points; ++q)
              detail::product<R, P, N>(v + q * panels * rows * panel, rows, panels,
                                       u + (std::int64_t{q} * g.out + o) * g.in, m + q * rows * panel);
            for (int c = o; c < o + panel; c += N) {
              auto out = sink.template row<P>(thread, c, N);
              for (std::int64_t t = t0; t < t1; ++t) {
                const detail::Tile tile = detail::tile_at(g, t);
                const float* from = m + (t - t0) * panel + (c - o);
                detail::transform<P, 6, 4>(
                    [](const P(&p)[6], P(&y)[4]) __attribute__((always_inline)) { detail::from_points(p, y); },
                    [&](int i, int j)
                        __attribute__((always_inline)) { return load<P>(from + (i * 6 + j) * rows * panel); },
                    [&](int i, int j, const P& y) __attribute__((always_inline)) {
                      if (tile.y + i < g.h && tile.x + j < g.w)
                        out.put(((tile.picture * g.h + tile.y + i) * g.w + tile.x + j) * g.out + c, y);
                    });
              }
              out.finish();
            }
          }
        }
      });
    });
  });
  sink.end();
}

/// Floats of scratch memory for winograd_gradient.
inline std::int64_t winograd_gradient_scratch(const Winograd& g) {
  return std::int64_t{detail::points} * (detail::tiles_of_gradient(g) * (g.in + g.out) + std::int64_t{g.in} * g.out);
}

/// The gradient of the weights, [out][3][3][in], from x and that of the results.
template <class T>
void winograd_gradient(const Winograd& g, const T* x, const T* dy, float* dw, float* scratch) {
  constexpr int panel = Winograd::panel;
  const std::int64_t tiles = g.tiles(), size = detail::tiles_of_gradient(g);
  float *const du = scratch, *const v = du + winograd_weights_size(g),
               *const s = v + std::int64_t{detail::points} * size * g.in;
  const std::int64_t panels = g.in / panel;
  with_register_size([&](auto bytes) {
    constexpr int N = bytes / 4, R = detail::product_rows<bytes>;
    using P = Pack<float, N>;
    for (std::int64_t t0 = 0; t0 < tiles; t0 += size) {
      const std::int64_t rows = std::min(size, tiles - t0);
      parallel_for(rows, 4, [&](std::int64_t begin, std::int64_t end) {
        compiled_for<bytes>([&]() __attribute__((always_inline)) {
          detail::tiles_to_points<P, N, 6>(
              g, x, g.in, 1, t0 + begin, t0 + end,
              [](const P(&d)[6], P(&r)[6]) __attribute__((always_inline)) { detail::to_points(d, r); },
              v + begin * panel, rows);
          detail::tiles_to_points<P, N, 4>(
              g, dy, g.out, 0, t0 + begin, t0 + end,
              [](const P(&y)[4], P(&r)[6]) __attribute__((always_inline)) { detail::results_to_points(y, r); },
              s + begin * panel, rows);
        });
      });
      parallel_for(detail::points * panels, 1, [&](std::int64_t begin, std::int64_t end) {
        compiled_for<bytes>([&]() __attribute__((always_inline)) {
          for (std::int64_t unit = begin; unit < end; ++unit) {  // [point][panel of `in`]
            const std::int64_t q = unit / panels;
            for (int o = 0; o < g.out; o += R)
              detail::outer_products<R, P, N>(s + ((q * (g.out / panel) + o / panel) * rows) * panel + o % panel,
                                              v + unit * rows * panel, rows, du + (unit * g.out + o) * panel, t0 == 0);
          }
        });
      });
    }
  });
  winograd_weights_gradient(g, du, dw);
}

}  // namespace tuneit::kernels
