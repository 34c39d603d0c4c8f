#pragma once
// A linear layer so small that calling a matrix library costs more than the arithmetic. Row-major throughout:
// x [rows, in], w [out, in], y [rows, out].
#include <algorithm>
#include <cstdint>

#include "tuneit/kernels/activation.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/isa/pack.hpp"

namespace tuneit::kernels {

/// Sizes of a linear layer's product.
struct Affine {
  std::int64_t rows = 0, in = 0, out = 0;

  /// Up to here our loops are ahead of a library's call on one thread.
  [[nodiscard]] bool small() const { return rows * in * out <= 1 << 15; }
};

namespace detail {

inline constexpr std::int64_t dot_lanes = 16;  // sums side by side: they do not wait for each other

template <class F>
[[gnu::always_inline]] inline F dot(const F* x, const F* w, std::int64_t n) {
  F parts[dot_lanes] = {};
  std::int64_t i = 0;
  for (; i + dot_lanes <= n; i += dot_lanes)
    for (std::int64_t l = 0; l < dot_lanes; ++l) parts[l] += x[i + l] * w[i + l];
  for (std::int64_t half = dot_lanes / 2; half > 0; half /= 2)
    for (std::int64_t l = 0; l < half; ++l) parts[l] += parts[l + half];
  for (; i < n; ++i) parts[0] += x[i] * w[i];
  return parts[0];
}

// out += the sum of coefficient[j * stride] * rows[j], for n values in each row.
template <class F>
[[gnu::always_inline]] inline void combine(const F* coefficient, std::int64_t stride, const F* rows, std::int64_t count,
                                           F* out, std::int64_t n) {
  TUNEIT_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) out[i] = coefficient[0] * rows[i];
  std::int64_t j = 1;
  for (; j + 4 <= count; j += 4) {
    const F *r0 = rows + j * n, *r1 = r0 + n, *r2 = r1 + n, *r3 = r2 + n, *c = coefficient + j * stride;
    const F c0 = c[0], c1 = c[stride], c2 = c[2 * stride], c3 = c[3 * stride];
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) out[i] += (c0 * r0[i] + c1 * r1[i]) + (c2 * r2[i] + c3 * r3[i]);
  }
  for (; j < count; ++j) {
    const F c = coefficient[j * stride];
    TUNEIT_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) out[i] += c * rows[j * n + i];
  }
}

inline constexpr int rows_at_once = 8;
inline constexpr std::int64_t most_inputs = 512;  // of which so many rows fit on the stack

// `Outputs` results, from o on, of up to 8 rows that lie in `columns` [in][8]: lanes are rows, so nothing is summed
// across a register (with dot products instead, a step of 16-32-32-10 took 157,000 instructions rather than 101,000).
template <int Outputs, class F>
[[gnu::always_inline]] inline void affine_rows(const Affine& a, const F* columns, const F* w, const F* bias, F* y,
                                               std::int64_t o, int rows, F low, F high) {
  using P = Pack<F, rows_at_once>;
  P sum[std::size_t{Outputs}];
  TUNEIT_UNROLL for (int j = 0; j < Outputs; ++j) sum[j] = splat<P>(bias != nullptr ? bias[o + j] : F(0));
  for (std::int64_t k = 0; k < a.in; ++k) {
    const P c = load<P>(columns + k * rows_at_once);
    TUNEIT_UNROLL for (int j = 0; j < Outputs; ++j) sum[j] = fma(splat<P>(w[(o + j) * a.in + k]), c, sum[j]);
  }
  const P lowest = splat<P>(low), highest = splat<P>(high);
  F results[std::size_t{Outputs}][rows_at_once];
  TUNEIT_UNROLL for (int j = 0; j < Outputs; ++j) {
    sum[j].v = sum[j].v < lowest.v ? lowest.v : sum[j].v;
    sum[j].v = sum[j].v > highest.v ? highest.v : sum[j].v;
    store(results[j], sum[j]);
  }
  for (int r = 0; r < rows; ++r)
    for (int j = 0; j < Outputs; ++j) y[r * a.out + o + j] = results[j][r];
}

template <class F>
[[gnu::always_inline]] inline void affine_by_rows(const Affine& a, const F* x, const F* w, const F* bias, F* y, F low,
                                                  F high) {
  F columns[most_inputs * rows_at_once];
  for (std::int64_t r0 = 0; r0 < a.rows; r0 += rows_at_once) {
    const int rows = static_cast<int>(std::min<std::int64_t>(rows_at_once, a.rows - r0));
    for (std::int64_t k = 0; k < a.in; ++k)
      for (int r = 0; r < rows_at_once; ++r) columns[k * rows_at_once + r] = r < rows ? x[(r0 + r) * a.in + k] : F(0);
    std::int64_t o = 0;
    for (; o + 4 <= a.out; o += 4) affine_rows<4>(a, columns, w, bias, y + r0 * a.out, o, rows, low, high);
    for (; o < a.out; ++o) affine_rows<1>(a, columns, w, bias, y + r0 * a.out, o, rows, low, high);
  }
}

}  // namespace detail

/// y = clamp(x w^T + bias); bias may be null. F is float or double.
template <class F>
void affine_forward(const Affine& a, const F* x, const F* w, const F* bias, F* y, Clamp clamp) {
  vectorized([&]() __attribute__((always_inline)) {
    const F low = F(clamp.low), high = F(clamp.high);
    if (a.in <= detail::most_inputs && a.rows > 2) return detail::affine_by_rows(a, x, w, bias, y, low, high);
    for (std::int64_t r = 0; r < a.rows; ++r)
      for (std::int64_t o = 0; o < a.out; ++o) {
        F v = detail::dot(x + r * a.in, w + o * a.in, a.in);
        if (bias != nullptr) v += bias[o];
        v = v < low ? low : v;
        y[r * a.out + o] = v > high ? high : v;
      }
  });
}

/// Gradients by x, w and bias from d, that of y, which the clamp masks in place (y: the result, read if the clamp is
/// one). Those that are null are not computed.
template <class F>
void affine_backward(const Affine& a, F* d, const F* x, const F* w, const F* y, Clamp clamp, F* dx, F* dw, F* db) {
  vectorized([&]() __attribute__((always_inline)) {
    const F low = F(clamp.low), high = F(clamp.high);
    if (y != nullptr) {
      TUNEIT_INDEPENDENT
      for (std::int64_t i = 0; i < a.rows * a.out; ++i) d[i] = y[i] > low && y[i] < high ? d[i] : F(0);
    }
    if (db != nullptr) {
      for (std::int64_t o = 0; o < a.out; ++o) db[o] = d[o];
      for (std::int64_t r = 1; r < a.rows; ++r) {
        TUNEIT_INDEPENDENT
        for (std::int64_t o = 0; o < a.out; ++o) db[o] += d[r * a.out + o];
      }
    }
    if (dw != nullptr)
      for (std::int64_t o = 0; o < a.out; ++o) detail::combine(d + o, a.out, x, a.rows, dw + o * a.in, a.in);
    if (dx != nullptr)
      for (std::int64_t r = 0; r < a.rows; ++r) detail::combine(d + r * a.out, 1, w, a.out, dx + r * a.in, a.in);
  });
}

}  // namespace tuneit::kernels
