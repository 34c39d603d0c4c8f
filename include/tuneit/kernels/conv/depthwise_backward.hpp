#pragma once
// Depthwise convolution, backward: gradients of the input and of the weights in one pass over the rows, so that the
// gradient that comes in is read once.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "tuneit/kernels/conv/depthwise_rows.hpp"
#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/sources.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

/// In the place of a source, a sink: that gradient is not wanted.
struct Nothing {};

namespace detail {

/// Sums of products in two stages: float over about a thousand products, then double.
template <class F, int N>
class WeightSums {
 public:
  WeightSums(int blocks, int taps)
      : size_(static_cast<std::size_t>(blocks) * static_cast<std::size_t>(taps * N)),
        near_(size_),
        far_(size_),
        taps_(taps) {}

  F* block(int b) const { return near_.data() + std::int64_t{b} * taps_ * N; }
  double* total() const { return far_.data(); }

  /// To be called with the number of products that each sum got since.
  [[gnu::always_inline]] void settle(int products, bool now) {
    pending_ += products;
    if (pending_ < 1024 && !now) return;
    pending_ = 0;
    F* near = near_.data();
    double* far = far_.data();
    for (std::size_t i = 0; i < size_; ++i) {
      far[i] += static_cast<double>(near[i]);
      near[i] = F(0);
    }
  }

 private:
  std::size_t size_;
  Scratch<F> near_;
  Scratch<double> far_;
  int taps_, pending_ = 0;
};

/// The order of taps in which each phase (input columns with equal remainder by the stride) finds its own side by side,
/// from left to right: row by row, phase by phase.
inline std::vector<int> by_phases(int k, int stride) {
  std::vector<int> order;
  for (int ky = 0; ky < k; ++ky)
    for (int phase = 0; phase < stride; ++phase)
      for (int kx = phase + (k - 1 - phase) / stride * stride; kx >= phase; kx -= stride)
        if (phase < k) order.push_back(ky * k + kx);
  return order;
}

/// A row of the input's gradient: for each phase a convolution with stride 1 of the rows of dy that touch it.
template <int K, int S, int Pixels, int Phase, class P, int N, class F, class Row>
[[gnu::always_inline]] inline void transposed_row(const Depthwise& g, const F* const* rows, int n_rows, int pad,
                                                  const F* weights, std::int64_t row_step, std::int64_t to, Row& out) {
  const int k = K ? K : g.k, stride = S ? S : g.stride;
  const auto one = [&](auto taps, int phase, int n_taps, const F* w) __attribute__((always_inline)) {
    // column u = stride * q + phase of the padded input, for q from q0: the first with u >= left
    const int q0 = ceil_div(std::max(0, g.left - phase), stride);
    const int columns = ceil_div(std::max(0, g.left + g.w - phase), stride) - q0;
    const int start = pad + q0 - (n_taps - 1);
    const std::int64_t first = to + std::int64_t{stride * q0 + phase - g.left} * g.c;
    convolve_row<taps, 1, Pixels, P, N>(
        rows, n_rows, start, w, row_step, n_taps, 1, columns, [&](int q, const P& sum) __attribute__((always_inline)) {
          out.put(first + std::int64_t{q} * stride * g.c, sum);
        });
  };
  if constexpr (K != 0 && S != 0) {
    constexpr int taps = Phase < K ? (K - Phase + S - 1) / S : 0;
    one(std::integral_constant<int, taps>{}, Phase, taps, weights);
    if constexpr (Phase + 1 < S)
      transposed_row<K, S, Pixels, Phase + 1, P, N>(g, rows, n_rows, pad, weights + taps * N, row_step, to, out);
  } else {
    for (int phase = 0; phase < stride; ++phase) {
      const int taps = phase < k ? ceil_div(k - phase, stride) : 0;
      one(std::integral_constant<int, 0>{}, phase, taps, weights);
      weights += taps * N;
    }
  }
}

template <int K, int S, int Pixels, class P, int N, class Dy, class X, class Dx, class F>
[[gnu::always_inline]] inline void depthwise_backward_rows(const Depthwise& g, const Dy& dy, const F* weights,
                                                           const Dx& dx, const X& x, WeightSums<F, N>& sums, int thread,
                                                           std::int64_t begin, std::int64_t end) {
  constexpr bool want_dx = !std::is_same_v<Dx, Nothing>, want_dw = !std::is_same_v<X, Nothing>;
  const int k = K ? K : g.k, stride = S ? S : g.stride, blocks = ceil_div(g.c, N);
  // dy: `pad` zeros at the left, enough at the right; x: as in the forward pass
  const int dy_slots = ceil_div(k, stride), pad = dy_slots - 1;
  const int dy_columns = pad + std::max(g.out_w, ceil_div(g.left + g.w, stride)) + Pixels;
  const int x_columns = std::max(g.left + g.w, (ceil_div(g.out_w, Pixels) * Pixels - 1) * stride + k);
  const int block_size = dy_slots * dy_columns * N + (want_dw ? k * x_columns * N : 0);
  const int at_once = blocks_at_once(sizeof(F) * static_cast<std::size_t>(block_size), blocks);
  const Rows<F, N> dy_rows(at_once, dy_slots, dy_columns), x_rows(want_dw ? at_once : 0, k, x_columns);
  std::vector<const F*> from(static_cast<std::size_t>(k));

  for_images(
      begin, end, g.out_h, [&](std::int64_t image, int o0, int o1) __attribute__((always_inline)) {
        // the rows of dx that go with rows [o0, o1) of dy, and the rows of dy which they need
        const auto along = [&](int o) __attribute__((always_inline)) {
          return o == g.out_h ? g.h : std::min(g.h, o * stride);
        };
        const auto last_dy = [&](int y) __attribute__((always_inline)) {
          return std::min(g.out_h - 1, (y + g.top) / stride);
        };
        const auto first_dy = [&](int y) __attribute__((always_inline)) {
          return ceil_div(std::max(0, y + g.top - k + 1), stride);
        };
        const int i0 = along(o0), i1 = along(o1);
        const int oy0 = want_dx && i0 < i1 ? (want_dw ? std::min(o0, first_dy(i0)) : first_dy(i0)) : o0;
        const int oy1 = want_dx && i0 < i1 ? 1 + (want_dw ? std::max(o1 - 1, last_dy(i1 - 1)) : last_dy(i1 - 1)) : o1;
        for (int b0 = 0; b0 < blocks; b0 += at_once) {
          const int b1 = std::min(blocks, b0 + at_once), c0 = b0 * N, channels = std::min(g.c, b1 * N) - c0;
          int iy = want_dx ? i0 : i1,
              next = std::max(0, o0 * stride - g.top);  // the next rows of dx to write and of x to read
          for (int oy = oy0; oy < oy1 || iy < i1; ++oy) {
            if (oy < oy1)
              fill_row<P, N>(dy_rows.row(oy) + pad * N, dy_rows.block_size(), dy,
                             (image * g.out_h + oy) * g.out_w * g.c + c0, g.c, g.out_w, c0, channels);
            if constexpr (want_dw) {
              if (oy >= o0 && oy < o1) {
                const int y0 = std::max(0, oy * stride - g.top), y1 = std::min(g.h, oy * stride - g.top + k);
                for (next = std::max(next, y0); next < y1; ++next)
                  fill_row<P, N>(x_rows.row(next) + g.left * N, x_rows.block_size(), x,
                                 (image * g.h + next) * g.w * g.c + c0, g.c, g.w, c0, channels);
                for (int b = b0; b < b1; ++b) {
                  if (next < g.h) prefetch_part(x, image * g.h + next, std::int64_t{g.w} * g.c, b - b0, b1 - b0);
                  if (!want_dx && oy + 1 < oy1)
                    prefetch_part(dy, image * g.out_h + oy + 1, std::int64_t{g.out_w} * g.c, b - b0, b1 - b0);
                  const F* d = dy_rows.row(oy) + (b - b0) * dy_rows.block_size() + pad * N;
                  for (int y = y0; y < y1; ++y)
                    correlate_row<K, S, Pixels, P, N>(x_rows.row(y) + (b - b0) * x_rows.block_size(), d, k, stride,
                                                      g.out_w, sums.block(b) + (y - oy * stride + g.top) * k * N);
                }
                if (b1 == blocks) sums.settle(g.out_w, false);
              }
            }
            if constexpr (want_dx) {
              for (; iy < i1 && (last_dy(iy) <= oy || oy >= oy1); ++iy) {
                const int d0 = first_dy(iy), d1 = last_dy(iy) + 1, n_rows = std::max(0, d1 - d0);
                const int tap0 = iy + g.top - d0 * stride;  // of the first row; `stride` less for each further one
                for (int b = b0; b < b1; ++b) {
                  if (oy + 1 < oy1)
                    prefetch_part(dy, image * g.out_h + oy + 1, std::int64_t{g.out_w} * g.c, b - b0, b1 - b0);
                  for (int r = 0; r < n_rows; ++r)
                    from[static_cast<std::size_t>(r)] = dy_rows.row(d0 + r) + (b - b0) * dy_rows.block_size();
                  auto out = dx.template row<P>(thread, b * N, std::min(N, g.c - b * N));
                  transposed_row<K, S, Pixels, 0, P, N>(
                      g, from.data(), n_rows, pad, weights + (std::int64_t{b} * k + tap0) * k * N,
                      -std::int64_t{stride} * k * N, (image * g.h + iy) * g.w * g.c + b * N, out);
                  out.finish();
                }
              }
            }
          }
        }
      });
  sums.settle(0, true);
}

}  // namespace detail

/// Gradients of y = depthwise_forward(x), given that of y: of x into the sink dx, of the weights into dw [k*k][c].
/// Nothing{} for dx, or for x (then dw stays as it is), skips that half. Equal bits for equal numbers of threads. dx
/// and dy may not overlap.
template <int K, int S, class Dy, class Dx, class X, class F = Compute<typename Dy::Number>>
void depthwise_backward(const Depthwise& g, const Dy& dy, const F* weights, const Dx& dx, const X& x, F* dw) {
  constexpr bool want_dx = !std::is_same_v<Dx, Nothing>, want_dw = !std::is_same_v<X, Nothing>;
  const std::int64_t rows = g.n * g.out_h;
  const int threads = threads_for(rows, detail::row_grain(g)), taps = g.k * g.k;
  if constexpr (want_dx) dx.begin(threads, g.c);
  with_register_size([&](auto bytes) {
    constexpr int N = bytes / static_cast<int>(sizeof(F));
    const int blocks = detail::ceil_div(g.c, N);
    const auto blocked = detail::blocked_weights<N>(g, weights, detail::by_phases(g.k, g.stride));
    std::vector<detail::WeightSums<F, N>> sums;
    for (int t = 0; t < threads; ++t) sums.emplace_back(want_dw ? blocks : 0, taps);
    parallel_parts(threads, rows, [&](int thread, std::int64_t begin, std::int64_t end) {
      auto& mine = sums[static_cast<std::size_t>(thread)];
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        const auto part = [&](auto k, auto s, auto pixels) __attribute__((always_inline)) {
          detail::depthwise_backward_rows<k, s, pixels, Pack<F, N>, N>(g, dy, blocked.data(), dx, x, mine, thread,
                                                                       begin, end);
        };
        detail::with_constants<K, S, bytes>(g.out_w, part);
      });
    });
    if constexpr (want_dw)
      for (int c = 0; c < g.c; ++c)
        for (int i = 0; i < taps; ++i) {
          double sum = 0;
          for (const auto& part : sums) sum += part.total()[(std::int64_t{c / N} * taps + i) * N + c % N];
          dw[std::int64_t{i} * g.c + c] = static_cast<F>(sum);
        }
  });
  if constexpr (want_dx) dx.end();
}

}  // namespace tuneit::kernels
