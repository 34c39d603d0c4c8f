#pragma once
// Batch norm with what stands around it, on channels-last data: x is [rows, channels], a row being one pixel.
//   forward    y = clamp(a x + b [+ r])                       a, b per channel; the clamp is the activation
//   backward   g = gradient where the clamp let it pass;  dx = p g + q x + s
// Each function is one pass over memory. Several pixels are taken as one long row where channels are few.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "tuneit/kernels/bf16.hpp"
#include "tuneit/kernels/isa.hpp"
#include "tuneit/kernels/pack.hpp"
#include "tuneit/kernels/parallel.hpp"

namespace tuneit::kernels {

/// An activation that is a clamp: ReLU is (0, infinity), ReLU6 (0, 6), none (-infinity, infinity). NaN passes.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

/// The data that a kernel walks over: `samples` stretches of `rows` pixels each with its own factor (stochastic depth),
/// or one stretch.
struct Extent {
  std::int64_t rows = 0, channels = 0, samples = 1;
};

namespace detail {

/// How several pixels are taken as one row of `width` values.
struct Wide {
  std::int64_t fold, width;
  explicit Wide(const Extent& e) : fold(std::max<std::int64_t>(1, 256 / e.channels)), width(fold * e.channels) {}
  /// Per-channel values, repeated for each of the pixels.
  template <class F>
  [[nodiscard]] std::vector<F> repeat(const F* values, std::int64_t channels) const {
    std::vector<F> out(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < width; ++i) out[static_cast<std::size_t>(i)] = values[i % channels];
    return out;
  }
};

// Values between two looks at the clock of a thread: a stretch of rows that fits the inner cache.
inline constexpr std::int64_t stretch_values = 1 << 15;

/// body(first_value, values, sample) for stretches of whole wide rows, in parallel; the last one of a sample may end in
/// a part of a wide row. `thread` numbers the accumulators.
template <class Body>
void over_stretches(const Extent& e, const Wide& wide, int threads, const Body& body) {
  const std::int64_t size = e.rows * e.channels;  // of a sample
  const std::int64_t step = std::max<std::int64_t>(1, stretch_values / wide.width) * wide.width;
  const std::int64_t in_sample = (size + step - 1) / step;
  parallel_parts(threads, in_sample * e.samples, [&](int thread, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t sample = i / in_sample, offset = (i % in_sample) * step;
      body(thread, sample * size + offset, std::min(step, size - offset), sample);
    }
  });
}

inline int norm_threads(const Extent& e) { return threads_for(e.rows * e.samples * e.channels, stretch_values); }

/// Adds over the folded pixels and over the threads, in a fixed order.
inline void fold_sums(const std::vector<double>& sums, const Wide& wide, std::int64_t channels, int threads,
                      double* out) {
  std::fill_n(out, channels, 0.0);
  for (int t = 0; t < threads; ++t)
    for (std::int64_t i = 0; i < wide.width; ++i)
      out[i % channels] += sums[static_cast<std::size_t>(t * wide.width + i)];
}

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

// Sums of g and of g (x - mean). The clamp is looked up in a x + b.
template <class T, class F>
[[gnu::always_inline]] inline void add_gradients(const T* dy, const T* x, std::int64_t n, std::int64_t width,
                                                 const F* a, const F* b, const F* mean, F factor, F low, F high, F* sum,
                                                 F* product) {
  for (std::int64_t i = 0; i < width; ++i) sum[i] = product[i] = F(0);
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t last = n - at < width ? n - at : width;
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < last; ++i) {
      const F value = widen(x[at + i]), v = a[i] * value + b[i];
      const F d = v > low && v < high ? factor * widen(dy[at + i]) : F(0);
      sum[i] += d;
      product[i] += d * (value - mean[i]);
    }
  }
}

// The same where the clamp is looked up in y behind it; g is written, rounded, without the factor. (In packs: GCC 12
// does not vectorise a rounding behind a selection.)
template <bool Two, class P, int N, class T, class F>
[[gnu::always_inline]] inline void add_gradients_behind(const T* dy, const T* more, const T* x, const T* y, T* g,
                                                        std::int64_t n, std::int64_t width, const F* mean, F factor,
                                                        F low, F high, F* sum, F* product) {
  for (std::int64_t i = 0; i < width; ++i) sum[i] = product[i] = F(0);
  const P lowest = splat<P>(low), highest = splat<P>(high), scale = splat<P>(factor);
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t last = n - at < width ? n - at : width;
    for (std::int64_t i = 0; i < last; i += N) {
      const int lanes = static_cast<int>(std::min<std::int64_t>(N, last - i));
      P d = load<P>(dy + at + i, lanes), value = load<P>(x + at + i, lanes);
      const P behind = load<P>(y + at + i, lanes);
      if constexpr (Two) d.v += load<P>(more + at + i, lanes).v;
      d = where_greater(behind, lowest, d, P{});
      d = round_to<T>(where_greater(highest, behind, d, P{}));
      store(g + at + i, d, lanes);
      d.v *= scale.v;
      value.v -= load<P>(mean + i, lanes).v;
      P total = load<P>(sum + i, lanes);
      total.v += d.v;
      store(sum + i, total, lanes);
      store(product + i, fma(d, value, load<P>(product + i, lanes)), lanes);
    }
  }
}

template <class T, class F>
[[gnu::always_inline]] inline void gradient_rows(const T* dy, const T* x, T* dx, std::int64_t n, std::int64_t width,
                                                 const F* a, const F* b, const F* p, const F* q, const F* s, F factor,
                                                 F low, F high) {
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t last = n - at < width ? n - at : width;
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < last; ++i) {
      const F value = widen(x[at + i]), v = a[i] * value + b[i];
      const F d = v > low && v < high ? factor * widen(dy[at + i]) : F(0);
      dx[at + i] = narrow<T>(p[i] * d + (q[i] * value + s[i]));
    }
  }
}

}  // namespace detail

/// Mean and biased variance of each channel. Sums are taken about the first pixel, so that a large mean costs no
/// digits.
template <class T>
void norm_moments(const T* x, const Extent& e, double* mean, double* variance) {
  using F = Compute<T>;
  const detail::Wide wide(e);
  const int threads = detail::norm_threads(e);
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
    variance[c] = std::max(0.0, variance[c] / count - mean[c] * mean[c]);
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
  detail::over_stretches(e, wide, detail::norm_threads(e),
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

/// What norm_reduce reads. The clamp's mask comes from a x + b; or, where y is given (an addition stood between), from
/// y, and then g receives the masked gradient (without factor). `more` is a second gradient to be added, only with y.
template <class T>
struct NormReduction {
  const T* dy = nullptr;
  const T* more = nullptr;
  const T* x = nullptr;
  const T* y = nullptr;
  T* g = nullptr;
  const Compute<T>*a = nullptr, *b = nullptr, *mean = nullptr, *factors = nullptr;
  Clamp clamp{};
};

/// Per channel: sum of g and sum of g (x - mean), with g = factor * gradient behind the mask.
template <class T>
void norm_reduce(const NormReduction<T>& in, const Extent& e, double* sum_g, double* sum_gx) {
  using F = Compute<T>;
  const detail::Wide wide(e);
  const int threads = detail::norm_threads(e);
  const std::vector<F> a = wide.repeat(in.a, e.channels), b = wide.repeat(in.b, e.channels),
                       mean = wide.repeat(in.mean, e.channels);
  const auto cells = static_cast<std::size_t>(wide.width * threads);
  std::vector<double> sums(cells), products(cells);
  std::vector<F> part(2 * cells);
  detail::over_stretches(e, wide, threads, [&](int thread, std::int64_t first, std::int64_t n, std::int64_t sample) {
    const F factor = in.factors == nullptr ? F(1) : in.factors[sample];
    const F low = F(in.clamp.low), high = F(in.clamp.high);
    F *sum = part.data() + 2 * wide.width * thread, *product = sum + wide.width;
    double *all = sums.data() + wide.width * thread, *all_products = products.data() + wide.width * thread;
    const T *dy = in.dy + first, *x = in.x + first;
    const auto add_up = [&]() __attribute__((always_inline)) {
      for (std::int64_t i = 0; i < wide.width; ++i) {
        all[i] += static_cast<double>(sum[i]);
        all_products[i] += static_cast<double>(product[i]);
      }
    };
    if (in.y == nullptr)
      return vectorized([&]() __attribute__((always_inline)) {
        detail::add_gradients<T>(dy, x, n, wide.width, a.data(), b.data(), mean.data(), factor, low, high, sum,
                                 product);
        add_up();
      });
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      using P = Pack<F, N>;
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        if (in.more == nullptr)
          detail::add_gradients_behind<false, P, N, T>(dy, nullptr, x, in.y + first, in.g + first, n, wide.width,
                                                       mean.data(), factor, low, high, sum, product);
        else
          detail::add_gradients_behind<true, P, N, T>(dy, in.more + first, x, in.y + first, in.g + first, n, wide.width,
                                                      mean.data(), factor, low, high, sum, product);
        add_up();
      });
    });
  });
  detail::fold_sums(sums, wide, e.channels, threads, sum_g);
  detail::fold_sums(products, wide, e.channels, threads, sum_gx);
}

/// dx = p g + q x + s with g = factor * dy where the clamp lets a x + b pass. dx may be dy or x.
template <class T>
void norm_gradient(const T* dy, const T* x, T* dx, const Extent& e, const Compute<T>* a, const Compute<T>* b,
                   const Compute<T>* p, const Compute<T>* q, const Compute<T>* s, const Compute<T>* factors,
                   Clamp clamp) {
  using F = Compute<T>;
  const detail::Wide wide(e);
  const std::vector<F> as = wide.repeat(a, e.channels), bs = wide.repeat(b, e.channels),
                       ps = wide.repeat(p, e.channels), qs = wide.repeat(q, e.channels),
                       ss = wide.repeat(s, e.channels);
  detail::over_stretches(
      e, wide, detail::norm_threads(e), [&](int, std::int64_t first, std::int64_t n, std::int64_t sample) {
        const F factor = factors == nullptr ? F(1) : factors[sample];
        vectorized([&]() __attribute__((always_inline)) {
          detail::gradient_rows<T>(dy + first, x + first, dx + first, n, wide.width, as.data(), bs.data(), ps.data(),
                                   qs.data(), ss.data(), factor, F(clamp.low), F(clamp.high));
        });
      });
}

}  // namespace tuneit::kernels
