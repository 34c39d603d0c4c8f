#pragma once
// Depthwise convolution, forward.
#include <algorithm>
#include <numeric>
#include <vector>

#include "tuneit/kernels/conv/depthwise_rows.hpp"
#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/sources.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

namespace detail {

template <int K, int S, int Pixels, class P, int N, class Source, class Sink, class F>
[[gnu::always_inline]] inline void depthwise_forward_rows(const Depthwise& g, const Source& source, const F* weights,
                                                          const Sink& sink, int thread, std::int64_t begin,
                                                          std::int64_t end) {
  const int k = K ? K : g.k, stride = S ? S : g.stride, blocks = ceil_div(g.c, N), tap_step = k * k * N;
  const int columns = std::max(g.left + g.w, (ceil_div(g.out_w, Pixels) * Pixels - 1) * stride + k);
  const int at_once = blocks_at_once(sizeof(F) * static_cast<std::size_t>(k * columns * N), blocks);
  const Rows<F, N> rows(at_once, k, columns);
  std::vector<const F*> from(static_cast<std::size_t>(k));
  for_images(
      begin, end, g.out_h, [&](std::int64_t image, int first, int last) __attribute__((always_inline)) {
        for (int b0 = 0; b0 < blocks; b0 += at_once) {
          const int b1 = std::min(blocks, b0 + at_once), c0 = b0 * N, channels = std::min(g.c, b1 * N) - c0;
          int next = std::max(0, first * stride - g.top);  // the first input row that is not there yet
          for (int oy = first; oy < last; ++oy) {
            const int y0 = std::max(0, oy * stride - g.top), y1 = std::min(g.h, oy * stride - g.top + k);
            for (next = std::max(next, y0); next < y1; ++next)
              fill_row<P, N>(rows.row(next) + g.left * N, rows.block_size(), source,
                             (image * g.h + next) * g.w * g.c + c0, g.c, g.w, c0, channels);
            const int n_rows = std::max(0, y1 - y0), tap0 = y0 - (oy * stride - g.top);
            for (int b = b0; b < b1; ++b) {
              for (int r = 0; r < n_rows; ++r)
                from[static_cast<std::size_t>(r)] = rows.row(y0 + r) + (b - b0) * rows.block_size();
              auto out = sink.template row<P>(thread, b * N, std::min(N, g.c - b * N));
              if (next < g.h) prefetch_part(source, image * g.h + next, std::int64_t{g.w} * g.c, b - b0, b1 - b0);
              const std::int64_t to = (image * g.out_h + oy) * g.out_w * g.c + b * N;
              convolve_row<K, S, Pixels, P, N>(
                  from.data(), n_rows, 0, weights + std::int64_t{b} * tap_step + tap0 * k * N, k * N, k, stride,
                  g.out_w, [&](int x, const P& sum) __attribute__((always_inline)) {
                    out.put(to + std::int64_t{x} * g.c, sum);
                  });
              out.finish();
            }
          }
        }
      });
}

inline std::vector<int> straight(int k) {
  std::vector<int> order(static_cast<std::size_t>(k * k));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace detail

/// Convolves what `source` reads with weights [k*k][c] and gives the sums to `sink` (see sources.hpp). K and S are the
/// kernel's size and stride, or 0 for "as in g": slower. Memory of sinks that sum depends on the number of threads
/// only.
template <int K, int S, class Source, class Sink, class F = Compute<typename Source::Number>>
void depthwise_forward(const Depthwise& g, const Source& source, const F* weights, const Sink& sink) {
  const std::int64_t rows = g.n * g.out_h;
  const int threads = threads_for(rows, detail::row_grain(g));
  sink.begin(threads, g.c);
  with_register_size([&](auto bytes) {
    constexpr int N = bytes / static_cast<int>(sizeof(F));
    const auto blocked = detail::blocked_weights<N>(g, weights, detail::straight(g.k));
    parallel_parts(threads, rows, [&](int thread, std::int64_t begin, std::int64_t end) {
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        const auto part = [&](auto k, auto s, auto pixels) __attribute__((always_inline)) {
          detail::depthwise_forward_rows<k, s, pixels, Pack<F, N>, N>(g, source, blocked.data(), sink, thread, begin,
                                                                      end);
        };
        detail::with_constants<K, S, bytes>(g.out_w, part);
      });
    });
  });
  sink.end();
}

}  // namespace tuneit::kernels
