#pragma once
// Weights of a 3x3 convolution at the points of Winograd's algorithm, and their gradient back from there. Weights are
// [out][3][3][in] (a channels-last tensor); points are [point][panel of results][from channel][32 results].
#include <cstdint>
#include <type_traits>

#include "tuneit/kernels/conv/winograd_tiles.hpp"
#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

namespace detail {

/// body(std::integral_constant<int, floats in a register>, row) for rows [0, n), in parallel; body's call operator must
/// be [[gnu::always_inline]].
template <class Body>
void for_rows(std::int64_t n, std::int64_t grain, const Body& body) {
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    with_register_size([&](auto bytes) {
      compiled_for<bytes>([&]() __attribute__((always_inline)) {
        for (std::int64_t row = begin; row < end; ++row) body(std::integral_constant<int, bytes / 4>{}, row);
      });
    });
  });
}

/// body(std::integral_constant<int, N>, o, c, at) for each result channel o and N input channels from c on, which lie
/// at `at` in a point [panel of `in`][out][32 of `in`].
template <class Body>
void for_inputs(const Winograd& g, const Body& body) {
  constexpr int panel = Winograd::panel;
  for_rows(
      g.in / panel * std::int64_t{g.out}, 64, [&](auto size, std::int64_t row) __attribute__((always_inline)) {
        for (int part = 0; part < panel; part += size)
          body(size, row % g.out, row / g.out * panel + part, row * panel + part);
      });
}

}  // namespace detail

/// Floats of the weights at the points.
inline std::int64_t winograd_weights_size(const Winograd& g) { return std::int64_t{detail::points} * g.in * g.out; }

/// For the forward pass: from `in` channels to `out`.
inline void winograd_weights(const Winograd& g, const float* w, float* u) {
  constexpr int panel = Winograd::panel;
  const std::int64_t blocks = g.in / panel, point = std::int64_t{g.in} * g.out;
  detail::for_rows(
      g.out / panel * blocks, 4, [&](auto size, std::int64_t b) __attribute__((always_inline)) {
        constexpr int N = size;
        using P = Pack<float, N>;
        float turned[detail::points][std::size_t{panel * N}];  // [result][channel]
        for (int c = static_cast<int>(b % blocks) * panel, last = c + panel; c < last; c += N) {
          const std::int64_t o0 = b / blocks * panel;
          for (int o = 0; o < panel; ++o)
            detail::transform<P, 3, 6>(
                [](const P(&g3)[3], P(&u6)[6]) __attribute__((always_inline)) { detail::weights_to_points(g3, u6); },
                [&](int i, int j)
                    __attribute__((always_inline)) { return load<P>(w + ((o0 + o) * 9 + i * 3 + j) * g.in + c); },
                [&](int i, int j, const P& p) __attribute__((always_inline)) { store(turned[i * 6 + j] + o * N, p); });
          for (int q = 0; q < detail::points; ++q)
            for (int l = 0; l < N; ++l) {
              float* to = u + q * point + (o0 / panel * g.in + c + l) * panel;
              TUNEIT_INDEPENDENT
              for (int o = 0; o < panel; ++o) to[o] = turned[q][o * N + l];
            }
        }
      });
}

/// For the gradient of the input: from `out` channels back to `in`, the kernel turned round.
inline void winograd_weights_backward(const Winograd& g, const float* w, float* u) {
  const std::int64_t point = std::int64_t{g.in} * g.out;
  detail::for_inputs(
      g, [&](auto size, std::int64_t o, std::int64_t c, std::int64_t at) __attribute__((always_inline)) {
        using P = Pack<float, size>;
        detail::transform<P, 3, 6>(
            [](const P(&g3)[3], P(&u6)[6]) __attribute__((always_inline)) { detail::weights_to_points(g3, u6); },
            [&](int i, int j)
                __attribute__((always_inline)) { return load<P>(w + (o * 9 + (2 - i) * 3 + 2 - j) * g.in + c); },
            [&](int i, int j, const P& p) __attribute__((always_inline)) { store(u + (i * 6 + j) * point + at, p); });
      });
}

/// The gradient of the weights from that at the points, [point][panel of `in`][out][32 of `in`].
inline void winograd_weights_gradient(const Winograd& g, const float* du, float* dw) {
  const std::int64_t point = std::int64_t{g.in} * g.out;
  detail::for_inputs(
      g, [&](auto size, std::int64_t o, std::int64_t c, std::int64_t at) __attribute__((always_inline)) {
        using P = Pack<float, size>;
        detail::transform<P, 6, 3>(
            [](const P(&u6)[6], P(&g3)[3]) __attribute__((always_inline)) { detail::points_to_weights(u6, g3); },
            [&](int i, int j) __attribute__((always_inline)) { return load<P>(du + (i * 6 + j) * point + at); },
            [&](int i, int j, const P& p)
                __attribute__((always_inline)) { store(dw + (o * 9 + i * 3 + j) * g.in + c, p); });
      });
}

}  // namespace tuneit::kernels
