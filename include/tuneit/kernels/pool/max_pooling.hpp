#pragma once
// Max pooling of channels-last data. The forward pass notes where in its window each maximum was (a byte), the backward
// pass gathers for each input pixel from the windows over it: nothing is zeroed first, no two threads write to one
// place. With a Normalised source and a StoreNormGradient sink, batch norm and ReLU before the pooling (the stem of a
// ResNet) are part of both passes, and their results never in memory.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "tuneit/kernels/conv/depthwise_rows.hpp"
#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/sources.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

/// The geometry is that of a depthwise convolution; what lies outside of the picture is no candidate. k is at most 16.
using Pooling = Depthwise;

namespace detail {

/// The window of output (oy, ox) that lies inside of the picture: taps [y0, y1) x [x0, x1).
struct InputWindow {
  int y0, y1, x0, x1;
};
inline InputWindow window(const Pooling& g, int oy, int ox) {
  const int y = oy * g.stride - g.top, x = ox * g.stride - g.left;
  return {std::max(0, -y), std::min(g.k, g.h - y), std::max(0, -x), std::min(g.k, g.w - x)};
}

/// Outputs of `Blocks` blocks of channels (their chains of comparisons run side by side) for the window `in`, whose
/// first element is at `from`.
template <int Blocks, Activation A, class P, int N, class Source, class T, class F = Compute<T>>
[[gnu::always_inline]] inline void max_pool_blocks(const Pooling& g, const Source& source, const InputWindow& in,
                                                   std::int64_t from, int c, T* y, T* raw, F* positions) {
  constexpr std::size_t blocks{Blocks};
  P best[blocks], best_raw[blocks], where[blocks];
  const int last = std::min(N, g.c - c - (Blocks - 1) * N);
  TUNEIT_UNROLL for (int j = 0; j < Blocks; ++j) {
    best[j] = splat<P>(-std::numeric_limits<F>::infinity());
    best_raw[j] = P{};
    where[j] = splat<P>(static_cast<F>(in.y0 * g.k + in.x0));
  }
  for (int ky = in.y0; ky < in.y1; ++ky)
    for (int kx = in.x0; kx < in.x1; ++kx) {
      const P tap = splat<P>(static_cast<F>(ky * g.k + kx));
      TUNEIT_UNROLL for (int j = 0; j < Blocks; ++j) {
        const std::int64_t at = from + (std::int64_t{ky} * g.w + kx) * g.c + c + j * N;
        const int width = j + 1 < Blocks ? N : last;
        const P x = source.template load<P>(at, c + j * N, width), old = best[j];
        const auto take = [&](P & kept, const P& candidate) __attribute__((always_inline)) {
          kept = where_greater(x, old, candidate, kept);  // the first of equals
          kept = where_equal(x, x, kept, candidate);      // NaN stays
        };
        take(best[j], x);
        take(where[j], tap);
        if (raw != nullptr) take(best_raw[j], load<P>(source.from + at, width));
      }
    }
  TUNEIT_UNROLL for (int j = 0; j < Blocks; ++j) {
    const int width = j + 1 < Blocks ? N : last;
    store(y + c + j * N, activate<A>(best[j]), width);
    if (raw != nullptr) store(raw + c + j * N, best_raw[j], width);
    store(positions + c + j * N, where[j]);
  }
}

template <Activation A, class P, int N, class Source, class T, class F = Compute<T>>
[[gnu::always_inline]] inline void max_pool_row(const Pooling& g, const Source& source, T* y, std::uint8_t* argmax,
                                                T* raw, std::int64_t image, int oy, F* positions) {
  const int next = oy * g.stride - g.top + g.k;  // the first row that the next outputs need and these do not
  for (int ox = 0; ox < g.out_w; ++ox) {
    for (int row = next; row < std::min(g.h, next + g.stride); ++row)
      prefetch_part(source, image * g.h + row, std::int64_t{g.w} * g.c, ox, g.out_w);
    const InputWindow in = window(g, oy, ox);
    const std::int64_t to = ((image * g.out_h + oy) * g.out_w + ox) * g.c;
    const std::int64_t from = ((image * g.h + oy * g.stride - g.top) * g.w + ox * g.stride - g.left) * g.c;
    T* const kept = raw != nullptr ? raw + to : nullptr;
    int c = 0;
    for (; c + 4 * N <= g.c; c += 4 * N) max_pool_blocks<4, A, P, N>(g, source, in, from, c, y + to, kept, positions);
    for (; c < g.c; c += N) max_pool_blocks<1, A, P, N>(g, source, in, from, c, y + to, kept, positions);
    if (argmax != nullptr)
      for (c = 0; c < g.c; ++c) argmax[to + c] = static_cast<std::uint8_t>(static_cast<int>(positions[c]));
  }
}

/// The outputs [first, last) whose windows hold input `i`, for each i of a row or column.
struct Over {
  int first, last;
};
inline Over over(int i, int before, int k, int stride, int outputs) {
  return {ceil_div(std::max(0, i + before - k + 1), stride), std::min(outputs - 1, (i + before) / stride) + 1};
}

/// A row of the gradient of the input, for as many blocks of channels from c on as there are J. `positions`: the bytes
/// of the `rows` of outputs as F.
template <class P, int N, class T, class Sink, std::size_t... J, class F = Compute<T>>
[[gnu::always_inline]] inline void max_pool_backward_row(const Pooling& g, const T* dy, const Sink& sink, int thread,
                                                         std::int64_t image, int iy, int c, const Over& rows,
                                                         const Over* columns, const F* const* positions,
                                                         std::index_sequence<J...>) {
  constexpr int blocks = sizeof...(J);
  const auto width = [&](int j) __attribute__((always_inline)) {
    return j + 1 < blocks ? N : std::min(N, g.c - c - j * N);
  };
  using Row = decltype(sink.template row<P>(thread, c, N));
  Row out[] = {sink.template row<P>(thread, c + static_cast<int>(J) * N, width(J))...};
  for (int ix = 0; ix < g.w; ++ix) {
    P sum[std::size_t{blocks}];
    TUNEIT_UNROLL for (int j = 0; j < blocks; ++j) sum[j] = P{};
    for (int oy = rows.first; oy < rows.last; ++oy)
      for (int ox = columns[ix].first; ox < columns[ix].last; ++ox) {
        const P tap = splat<P>(static_cast<F>((iy + g.top - oy * g.stride) * g.k + ix + g.left - ox * g.stride));
        const F* where = positions[oy - rows.first] + std::int64_t{ox} * g.c + c;
        const T* from = dy + ((image * g.out_h + oy) * g.out_w + ox) * g.c + c;
        TUNEIT_UNROLL for (int j = 0; j < blocks; ++j) {
          const P d = load<P>(from + j * N, width(j));
          sum[j].v += where_equal(load<P>(where + j * N), tap, d, P{}).v;
        }
      }
    TUNEIT_UNROLL for (int j = 0; j < blocks; ++j) out[j].put(((image * g.h + iy) * g.w + ix) * g.c + c + j * N,
                                                              sum[j]);
  }
  TUNEIT_UNROLL for (int j = 0; j < blocks; ++j) out[j].finish();
}

}  // namespace detail

/// y = act(max of what the source reads in each window), argmax: ky * k + kx of the first maximum (or of the last NaN),
/// as ATen has it, raw: the source's number there before it was normalised. argmax and raw may be null.
template <Activation A = Activation::None, class Source, class T = typename Source::Number>
void max_pool_forward(const Pooling& g, const Source& source, T* y, std::uint8_t* argmax, T* raw = nullptr) {
  using F = Compute<T>;
  parallel_for(g.n * g.out_h, detail::row_grain(g), [&](std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      const detail::Scratch<F> positions(static_cast<std::size_t>(g.c + N));
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        for (std::int64_t row = begin; row < end; ++row)
          detail::max_pool_row<A, Pack<F, N>, N>(g, source, y, argmax, raw, row / g.out_h,
                                                 static_cast<int>(row % g.out_h), positions.data());
      });
    });
  });
}

/// The gradient of the source's numbers into the sink.
template <class T, class Sink>
void max_pool_backward(const Pooling& g, const T* dy, const std::uint8_t* argmax, const Sink& sink) {
  using F = Compute<T>;
  const int threads = threads_for(g.n * g.h, detail::row_grain(g));
  sink.begin(threads, g.c);
  parallel_parts(threads, g.n * g.h, [&](int thread, std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      const int slots = detail::ceil_div(g.k, g.stride);
      const std::int64_t size = std::int64_t{g.out_w} * g.c, step = size + N;
      const detail::Scratch<F> scratch(static_cast<std::size_t>(slots * step));
      std::vector<const F*> rows(static_cast<std::size_t>(slots));
      std::vector<detail::Over> columns;
      for (int ix = 0; ix < g.w; ++ix) columns.push_back(detail::over(ix, g.left, g.k, g.stride, g.out_w));
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        detail::for_images(
            begin, end, g.h, [&](std::int64_t image, int i0, int i1) __attribute__((always_inline)) {
              int next = 0;  // the first row of bytes that is not there yet
              for (int iy = i0; iy < i1; ++iy) {
                const detail::Over window = detail::over(iy, g.top, g.k, g.stride, g.out_h);
                for (next = std::max(next, window.first); next < window.last; ++next) {
                  F* to = scratch.data() + next % slots * step;
                  const std::uint8_t* from = argmax + (image * g.out_h + next) * size;
                  for (std::int64_t i = 0; i < size; ++i) to[i] = static_cast<F>(from[i]);
                }
                for (int oy = window.first; oy < window.last; ++oy)
                  rows[static_cast<std::size_t>(oy - window.first)] = scratch.data() + oy % slots * step;
                const auto some = [&](int c, auto blocks) __attribute__((always_inline)) {
                  detail::max_pool_backward_row<Pack<F, N>, N>(g, dy, sink, thread, image, iy, c, window,
                                                               columns.data(), rows.data(), blocks);
                };
                int c = 0;
                for (; c + 4 * N <= g.c; c += 4 * N) some(c, std::make_index_sequence<4>{});
                for (; c < g.c; c += N) some(c, std::make_index_sequence<1>{});
              }
            });
      });
    });
  });
  sink.end();
}

}  // namespace tuneit::kernels
