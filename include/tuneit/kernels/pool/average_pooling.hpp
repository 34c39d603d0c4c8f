#pragma once
// The mean over all pixels of channels-last data [n, pixels, c], and its gradient.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tuneit/kernels/conv/sinks.hpp"
#include "tuneit/kernels/conv/sources.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

struct GlobalPooling {
  std::int64_t n, pixels;
  int c;
};

namespace detail {

/// body(std::integral_constant<int, N>, picture, channel, lanes) for pictures [begin, end) and all blocks of N
/// channels; body's call operator must be [[gnu::always_inline]].
template <class F, class Body>
void for_blocks(const GlobalPooling& g, std::int64_t begin, std::int64_t end, const Body& body) {
  with_register_size([&](auto bytes) {
    constexpr int N = bytes / static_cast<int>(sizeof(F));
    compiled_for<bytes>([&]() __attribute__((always_inline)) {
      for (std::int64_t n = begin; n < end; ++n)
        for (int c = 0; c < g.c; c += N) body(std::integral_constant<int, N>{}, n, c, std::min(N, g.c - c));
    });
  });
}

inline std::int64_t image_grain(const GlobalPooling& g) { return 1 + (1 << 15) / (g.pixels * g.c + 1); }

}  // namespace detail

/// y[n, c] = mean over pixels of what the source reads.
template <class Source, class T = typename Source::Number>
void average_forward(const GlobalPooling& g, const Source& source, T* y) {
  using F = Compute<T>;
  parallel_for(g.n, detail::image_grain(g), [&](std::int64_t begin, std::int64_t end) {
    detail::for_blocks<F>(
        g, begin, end, [&](auto size, std::int64_t n, int c, int lanes) __attribute__((always_inline)) {
          using P = Pack<F, size>;
          P sums[4] = {};  // additions would wait for each other
          const std::int64_t from = n * g.pixels * g.c + c;
          std::int64_t i = 0;
          for (; i + 4 <= g.pixels; i += 4)
            TUNEIT_UNROLL for (int j = 0; j < 4; ++j) sums[j].v +=
                source.template load<P>(from + (i + j) * g.c, c, lanes).v;
          for (; i < g.pixels; ++i) sums[0].v += source.template load<P>(from + i * g.c, c, lanes).v;
          P mean;
          mean.v = ((sums[0].v + sums[1].v) + (sums[2].v + sums[3].v)) / static_cast<F>(g.pixels);
          store(y + n * g.c + c, mean, lanes);
        });
  });
}

/// The gradient of the source's numbers, dy[n, c] / pixels for each, into the sink.
template <class T, class Sink>
void average_backward(const GlobalPooling& g, const T* dy, const Sink& sink) {
  using F = Compute<T>;
  const int threads = threads_for(g.n, detail::image_grain(g));
  sink.begin(threads, g.c);
  parallel_parts(threads, g.n, [&](int thread, std::int64_t begin, std::int64_t end) {
    detail::for_blocks<F>(
        g, begin, end, [&](auto size, std::int64_t n, int c, int lanes) __attribute__((always_inline)) {
          using P = Pack<F, size>;
          P d = load<P>(dy + n * g.c + c, lanes);
          d.v /= static_cast<F>(g.pixels);
          auto out = sink.template row<P>(thread, c, lanes);
          for (std::int64_t i = 0; i < g.pixels; ++i) out.put((n * g.pixels + i) * g.c + c, d);
          out.finish();
        });
  });
  sink.end();
}

}  // namespace tuneit::kernels
