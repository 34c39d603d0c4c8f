#pragma once
// The mean over all pixels of channels-last data [n, pixels, c], its gradient, and sums for batch norm over pooled
// data.
#include <algorithm>
#include <cstdint>

#include "tuneit/kernels/parallel.hpp"
#include "tuneit/kernels/sinks.hpp"
#include "tuneit/kernels/sources.hpp"

namespace tuneit::kernels {

struct GlobalPooling {
  std::int64_t n, pixels;
  int c;
};

namespace detail {

/// body(integral_constant N, pack of F, channel, lanes) for all blocks of channels.
template <class F, int N, class Body>
[[gnu::always_inline]] inline void for_blocks(int channels, const Body& body) {
  for (int c = 0; c < channels; c += N) body(c, std::min(N, channels - c));
}

inline std::int64_t image_grain(const GlobalPooling& g) { return 1 + (1 << 15) / (g.pixels * g.c + 1); }

}  // namespace detail

/// y[n, c] = mean over pixels of what the source reads.
template <class Source, class T = typename Source::Number>
void average_forward(const GlobalPooling& g, const Source& source, T* y) {
  using F = Compute<T>;
  parallel_for(g.n, detail::image_grain(g), [&](std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      using P = Pack<F, N>;
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        for (std::int64_t n = begin; n < end; ++n)
          detail::for_blocks<F, N>(
              g.c, [&](int c, int lanes) __attribute__((always_inline)) {
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
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      using P = Pack<F, N>;
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        for (std::int64_t n = begin; n < end; ++n)
          detail::for_blocks<F, N>(
              g.c, [&](int c, int lanes) __attribute__((always_inline)) {
                P d = load<P>(dy + n * g.c + c, lanes);
                d.v /= static_cast<F>(g.pixels);
                auto out = sink.template row<P>(thread, c, lanes);
                for (std::int64_t i = 0; i < g.pixels; ++i) out.put((n * g.pixels + i) * g.c + c, d);
                out.finish();
              });
      });
    });
  });
  sink.end();
}

/// For gradients d [pixels, c] of act(scale[c] * x + offset[c]): the sums of g = d * act'(...) and of g * (x -
/// mean[c]). For a pooled tensor, x are the raw numbers that max_pool_forward picked: what was not picked adds nothing.
template <Activation A, class T, class F = Compute<T>>
void sum_gradients(std::int64_t pixels, int channels, const T* d, const T* x, const F* scale, const F* offset,
                   const F* mean, ChannelSums& sums) {
  constexpr int at_once = 64;  // pixels that are summed in F before they go to double
  const std::int64_t parts = (pixels + at_once - 1) / at_once;
  const int threads = threads_for(parts, 1 + (1 << 15) / (at_once * std::int64_t{channels}));
  sums.begin(threads, channels);
  parallel_parts(threads, parts, [&](int thread, std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      constexpr int N = bytes / static_cast<int>(sizeof(F));
      using P = Pack<F, N>;
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        for (std::int64_t part = begin; part < end; ++part)
          detail::for_blocks<F, N>(
              channels, [&](int c, int lanes) __attribute__((always_inline)) {
                const P a = load<P>(scale + c, lanes), b = load<P>(offset + c, lanes), m = load<P>(mean + c, lanes);
                P first = {}, second = {};
                for (std::int64_t i = part * at_once; i < std::min(pixels, (part + 1) * at_once); ++i) {
                  P value = load<P>(x + i * channels + c, lanes);
                  const P g = activation_backward<A>(load<P>(d + i * channels + c, lanes), fma(value, a, b));
                  value.v -= m.v;
                  first.v += g.v;
                  second = fma(g, value, second);
                }
                sums.add(thread, c, first, second);
              });
      });
    });
  });
  sums.end();
}

}  // namespace tuneit::kernels
