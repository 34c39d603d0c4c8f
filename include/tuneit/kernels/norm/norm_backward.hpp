#pragma once
// Batch norm backward: g = gradient where the clamp let it pass, its sums, and dx = p g + q x + s with p, q, s per
// channel. Each function is one pass over memory.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "tuneit/kernels/activation.hpp"
#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/isa/pack.hpp"
#include "tuneit/kernels/norm/wide_rows.hpp"

namespace tuneit::kernels {

namespace detail {

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
  const int threads = detail::stretch_threads(e);
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
      e, wide, detail::stretch_threads(e), [&](int, std::int64_t first, std::int64_t n, std::int64_t sample) {
        const F factor = factors == nullptr ? F(1) : factors[sample];
        vectorized([&]() __attribute__((always_inline)) {
          detail::gradient_rows<T>(dy + first, x + first, dx + first, n, wide.width, as.data(), bs.data(), ps.data(),
                                   qs.data(), ss.data(), factor, F(clamp.low), F(clamp.high));
        });
      });
}

}  // namespace tuneit::kernels
