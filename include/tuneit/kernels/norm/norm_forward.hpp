#pragma once
// Batch norm forward: the moments of a batch, and y = clamp(a x + b [+ r]) with a, b per channel; the clamp is the
// activation. Each function is one pass over memory.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "tuneit/kernels/activation.hpp"
#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/norm/wide_rows.hpp"

namespace tuneit::kernels {

namespace detail {

template <class T, class F>
[[gnu::always_inline]] inline void add_moments(const T* x, std::int64_t n, std::int64_t width, const F* shift, F* sum,
                                               F* square) {
  for (std::int64_t i = 0; i < width; ++i) sum[i] = square[i] = F(0);
  std::int64_t at = 0;
  for (; at + 4 * width <= n; at += 4 * width) {
    const T *x0 = x + at, *x1 = x0 + width, *x2 = x1 + width, *x3 = x2 + width;
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < width; ++i) {
      const F k = shift[i], d0 = widen(x0[i]) - k, d1 = widen(x1[i]) - k, d2 = widen(x2[i]) - k, d3 = widen(x3[i]) - k;
      sum[i] += (d0 + d1) + (d2 + d3);
      square[i] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
    }
  }
  for (; at < n; at += width) {
    const std::int64_t last = n - at < width ? n - at : width;
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < last; ++i) {
      const F d = widen(x[at + i]) - shift[i];
      sum[i] += d;
      square[i] += d * d;
    }
  }
}

template <bool Add, class T, class F>
[[gnu::always_inline]] inline void scale_rows(const T* x, const T* r, T* y, std::int64_t n, std::int64_t width,
                                              const F* a, const F* b, F factor, F low, F high) {
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t last = n - at < width ? n - at : width;
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < last; ++i) {
      F v = factor * (a[i] * widen(x[at + i]) + b[i]);
      if constexpr (Add) v += widen(r[at + i]);
      v = v < low ? low : v;
      y[at + i] = narrow<T>(v > high ? high : v);
    }
  }
}

}  // namespace detail

/// A variance as a difference may be a little under 0. NaN stays NaN (std::max would make it 0).
inline double not_negative(double variance) { return variance < 0 ? 0 : variance; }

/// Mean and biased variance of each channel. Sums are taken about the first pixel, so that a large mean costs no
/// digits. Of no values at all both are 0.
template <class T>
void norm_moments(const T* x, const Extent& e, double* mean, double* variance) {
  using F = Compute<T>;
  if (e.rows * e.samples < 1) {  // there is no first pixel
    std::fill_n(mean, e.channels, 0.0);
    std::fill_n(variance, e.channels, 0.0);
    return;
  }
  const detail::Wide wide(e);
  const int threads = detail::stretch_threads(e);
  std::vector<F> shift(static_cast<std::size_t>(wide.width));
  for (std::int64_t i = 0; i < wide.width; ++i) shift[static_cast<std::size_t>(i)] = widen(x[i % e.channels]);
  const auto cells = static_cast<std::size_t>(wide.width * threads);
  std::vector<double> sums(cells), squares(cells);
  std::vector<F> part(2 * cells);
  detail::over_stretches(e, wide, threads, [&](int thread, std::int64_t first, std::int64_t n, std::int64_t) {
    F *sum = part.data() + 2 * wide.width * thread, *square = sum + wide.width;
    double *all = sums.data() + wide.width * thread, *all_squares = squares.data() + wide.width * thread;
    vectorized([&]() __attribute__((always_inline)) {
      detail::add_moments(x + first, n, wide.width, shift.data(), sum, square);
      for (std::int64_t i = 0; i < wide.width; ++i) {
        all[i] += static_cast<double>(sum[i]);
        all_squares[i] += static_cast<double>(square[i]);
      }
    });
  });
  detail::fold_sums(sums, wide, e.channels, threads, mean);
  detail::fold_sums(squares, wide, e.channels, threads, variance);
  const auto count = static_cast<double>(e.rows * e.samples);
  for (std::int64_t c = 0; c < e.channels; ++c) {
    mean[c] /= count;
    variance[c] = not_negative(variance[c] / count - mean[c] * mean[c]);
    mean[c] += static_cast<double>(widen(x[c]));
  }
}

/// y = clamp(factor (a x + b) + r). r may be null; `factors` has one value per sample, or is null: 1. y may be x or r.
template <class T>
void norm_apply(const T* x, const T* r, T* y, const Extent& e, const Compute<T>* a, const Compute<T>* b,
                const Compute<T>* factors, Clamp clamp) {
  using F = Compute<T>;
  const detail::Wide wide(e);
  const std::vector<F> as = wide.repeat(a, e.channels), bs = wide.repeat(b, e.channels);
  detail::over_stretches(e, wide, detail::stretch_threads(e),
                         [&](int, std::int64_t first, std::int64_t n, std::int64_t sample) {
                           const F factor = factors == nullptr ? F(1) : factors[sample];
                           vectorized([&]() __attribute__((always_inline)) {
                             if (r == nullptr)
                               detail::scale_rows<false, T>(x + first, r, y + first, n, wide.width, as.data(),
                                                            bs.data(), factor, F(clamp.low), F(clamp.high));
                             else
                               detail::scale_rows<true, T>(x + first, r + first, y + first, n, wide.width, as.data(),
                                                           bs.data(), factor, F(clamp.low), F(clamp.high));
                           });
                         });
}

}  // namespace tuneit::kernels
