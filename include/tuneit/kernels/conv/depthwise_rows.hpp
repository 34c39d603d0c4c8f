#pragma once
// Depthwise convolution, row by row. A thread keeps the few rows that a row of results needs as Compute<T>, transformed
// and padded with zeros on both sides, in its cache; so borders need no code of their own in the loops that count.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "tuneit/kernels/isa/pack.hpp"

namespace tuneit::kernels {

/// A depthwise convolution of channels-last data: [n, h, w, c] to [n, out_h, out_w, c] with a k x k kernel. Output
/// (oy, ox) sees input rows from oy * stride - top and columns from ox * stride - left; what lies outside is zero, so
/// the padding at the bottom and at the right follows from out_h and out_w.
struct Depthwise {
  std::int64_t n;
  int h, w, c, out_h, out_w, k, stride, top, left;
};

namespace detail {

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }

/// Zeros at first; aligned for the widest register.
template <class F>
class Scratch {
 public:
  explicit Scratch(std::size_t size) {
    const std::size_t bytes = (size * sizeof(F) + 63) / 64 * 64 + 64;
    data_.reset(static_cast<F*>(std::aligned_alloc(64, bytes)));
    if (data_ == nullptr) throw std::bad_alloc();
    std::fill_n(data_.get(), bytes / sizeof(F), F(0));
  }
  F* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(F* p) const { std::free(p); }
  };
  std::unique_ptr<F, Free> data_;
};

/// The last `slots` rows of an image, in blocks of N channels: [block][slot][column][N].
template <class F, int N>
class Rows {
 public:
  Rows(int blocks, int slots, int columns)
      : slots_(slots), row_(std::int64_t{columns} * N), scratch_(static_cast<std::size_t>(blocks * slots * row_)) {}

  /// Of the first block; the next one is block_size() further.
  F* row(int y) const { return scratch_.data() + y % slots_ * row_; }
  std::int64_t block_size() const { return slots_ * row_; }

 private:
  int slots_;
  std::int64_t row_;
  Scratch<F> scratch_;
};

/// Reads `width` pixels of `channels` channels each, `step` elements apart, to where the row of the first block begins.
template <class P, int N, class F, class Source>
[[gnu::always_inline]] inline void fill_row(F* to, std::int64_t block_size, const Source& source, std::int64_t offset,
                                            int step, int width, int channel, int channels) {
  for (int x = 0; x < width; ++x, offset += step, to += N) {
    F* block = to;
    int done = 0;
    for (; done + N <= channels; done += N, block += block_size)
      store(block, source.template load<P>(offset + done, channel + done, N));
    if (done < channels) store(block, source.template load<P>(offset + done, channel + done, channels - done));
  }
}

/// out(x, sum) for x in [0, width), Pixels of them at a time: the sum over rows and over taps i of weight * row[start +
/// x * stride + i]. Weights: [rows][taps][N], row_step apart. Taps or Stride 0: as in taps and stride.
template <int Taps, int Stride, int Pixels, class P, int N, class F, class Out>
[[gnu::always_inline]] inline void convolve_row(const F* const* rows, int n_rows, int start, const F* weights,
                                                std::int64_t row_step, int taps, int stride, int width,
                                                const Out& out) {
  for (int x = 0; x < width; x += Pixels) {
    P sum[std::size_t{Pixels}];
    TUNEIT_UNROLL for (int p = 0; p < Pixels; ++p) sum[p] = P{};
    for (int r = 0; r < n_rows; ++r) {
      const F* w = weights + r * row_step;
      if constexpr (Taps != 0 && Stride != 0) {
        const F* from = rows[r] + (start + std::int64_t{x} * Stride) * N;
        TUNEIT_UNROLL for (int i = 0; i < Taps; ++i) {
          const P tap = load<P>(w + i * N);
          TUNEIT_UNROLL for (int p = 0; p < Pixels; ++p) sum[p] =
              fma(load<P>(from + (p * Stride + i) * N), tap, sum[p]);
        }
      } else {
        const F* from = rows[r] + (start + std::int64_t{x} * stride) * N;
        for (int i = 0; i < taps; ++i) {
          const P tap = load<P>(w + i * N);
          TUNEIT_UNROLL for (int p = 0; p < Pixels; ++p) sum[p] =
              fma(load<P>(from + (p * stride + i) * N), tap, sum[p]);
        }
      }
    }
    alignas(64) F sums[std::size_t{Pixels * N}];  // not unrolled: what out does may be long
    TUNEIT_UNROLL for (int p = 0; p < Pixels; ++p) store(sums + p * N, sum[p]);
    const int end = std::min(Pixels, width - x);
    for (int p = 0; p < end; ++p) out(x + p, load<P>(sums + p * N));
  }
}

/// Adds to sums[i], for each tap i, the sum over x of dy[x] * row[x * stride + i]; dy is zero from width up to the next
/// multiple of Pixels.
template <int Taps, int Stride, int Pixels, class P, int N, class F>
[[gnu::always_inline]] inline void correlate_row(const F* row, const F* dy, int taps, int stride, int width, F* sums) {
  if constexpr (Taps != 0 && Stride != 0) {
    P even[std::size_t{Taps}],
        odd[std::size_t{Taps}];  // two chains of sums for each tap, or additions would wait for each other
    TUNEIT_UNROLL for (int i = 0; i < Taps; ++i) even[i] = load<P>(sums + i * N), odd[i] = P{};
    for (int x = 0; x < width; x += Pixels, dy += Pixels * N, row += Pixels * Stride * N) {
      TUNEIT_UNROLL for (int p = 0; p < Pixels; ++p) {
        const P g = load<P>(dy + p * N);
        TUNEIT_UNROLL for (int i = 0; i < Taps; ++i) {
          P& sum = p % 2 ? odd[i] : even[i];
          sum = fma(load<P>(row + (p * Stride + i) * N), g, sum);
        }
      }
    }
    TUNEIT_UNROLL for (int i = 0; i < Taps; ++i) {
      even[i].v += odd[i].v;
      store(sums + i * N, even[i]);
    }
  } else {
    for (int i = 0; i < taps; ++i) {
      P sum = load<P>(sums + i * N);
      for (int x = 0; x < width; ++x)
        sum = fma(load<P>(row + (std::int64_t{x} * stride + i) * N), load<P>(dy + std::int64_t{x} * N), sum);
      store(sums + i * N, sum);
    }
  }
}

/// Prefetches one of `parts` parts of a row: between the parts of a computation the memory would otherwise be idle.
template <class Source>
[[gnu::always_inline]] inline void prefetch_part(const Source& source, std::int64_t row, std::int64_t row_size,
                                                 int part, int parts) {
  const std::int64_t begin = row_size * part / parts, end = row_size * (part + 1) / parts;
  source.prefetch(row * row_size + begin, end - begin);
}

/// From [k*k][c] to blocks of N channels: [block][k*k][N]; order[i] is the tap that comes i-th.
template <int N, class F>
Scratch<F> blocked_weights(const Depthwise& g, const F* weights, const std::vector<int>& order) {
  const int taps = g.k * g.k;
  Scratch<F> blocked(static_cast<std::size_t>(ceil_div(g.c, N)) * static_cast<std::size_t>(taps * N));
  for (int i = 0; i < taps; ++i)
    for (int c = 0; c < g.c; ++c)
      blocked.data()[(std::int64_t{c / N} * taps + i) * N + c % N] =
          weights[std::int64_t{order[static_cast<std::size_t>(i)]} * g.c + c];
  return blocked;
}

/// How many blocks of channels to do at once so that the rows stay in the cache next to the processor.
inline int blocks_at_once(std::size_t bytes_per_block, int blocks) {
  constexpr std::size_t most = 256 << 10;
  return std::clamp(static_cast<int>(most / std::max<std::size_t>(bytes_per_block, 1)), 1, blocks);
}

/// part(kernel size, stride, pixels at a time) with constants for the inner loops. The baseline of x86 gets the loops
/// for any size: whoever is that patient, does not wait for compilers either.
template <int K, int S, int Bytes, class Part>
[[gnu::always_inline]] inline void with_constants(int width, const Part& part) {
#if defined(__x86_64__)
  constexpr bool slow = K == 0 || S == 0 || Bytes == 16;
#else
  constexpr bool slow = K == 0 || S == 0;
#endif
  using std::integral_constant;
  if constexpr (slow)
    return part(integral_constant<int, 0>{}, integral_constant<int, 0>{}, integral_constant<int, 4>{});
  else {
    if constexpr (K > 3 && Bytes == 64)  // pictures of 224 pixels become rows of 28, 14 and 7
      if (width % 7 == 0)
        return part(integral_constant<int, K>{}, integral_constant<int, S>{}, integral_constant<int, 7>{});
    part(integral_constant<int, K>{}, integral_constant<int, S>{}, integral_constant<int, 4>{});
  }
}

/// Rows of images per thread below which another thread does not pay.
inline std::int64_t row_grain(const Depthwise& g) { return 1 + (1 << 15) / (std::int64_t{g.out_w} * g.c + 1); }

/// body(image, first row, last row + 1) for the parts of images that [begin, end), counted in rows, covers.
template <class Body>
[[gnu::always_inline]] inline void for_images(std::int64_t begin, std::int64_t end, int height, const Body& body) {
  while (begin < end) {
    const std::int64_t image = begin / height, first = begin % height;
    const std::int64_t last = std::min<std::int64_t>(height, first + end - begin);
    body(image, static_cast<int>(first), static_cast<int>(last));
    begin += last - first;
  }
}

}  // namespace detail

}  // namespace tuneit::kernels
