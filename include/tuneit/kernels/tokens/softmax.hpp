#pragma once
// The softmax of attention scores, with a mask and dropout, and its gradient. A probability that was dropped has a
// minus sign: the mask needs no memory of its own.
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "tuneit/kernels/isa/bf16.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/kernels/isa/parallel.hpp"
#include "tuneit/kernels/tokens/random.hpp"
#include "tuneit/kernels/tokens/softmax_rows.hpp"

namespace tuneit::kernels {

/// Scores of one sample: [heads, tokens, tokens].
struct Scores {
  std::int64_t heads = 1, tokens = 0;
  bool causal = false;
  double scale = 1;
  std::int64_t first_row = 0;  ///< of this sample among all of the batch, for draws
};

/// What is added to the score of a token that is hidden: so much that nothing is left of the score.
inline constexpr double hidden_score = -1e30;

namespace detail {

[[gnu::always_inline]] inline double exp_of(double x) { return std::exp(x); }

inline constexpr std::int64_t softmax_lanes = 16;

template <class F>
[[gnu::always_inline]] inline F largest_of(const F* x, std::int64_t n) {
  F lanes[softmax_lanes];
  for (std::int64_t l = 0; l < softmax_lanes; ++l) lanes[l] = x[l < n ? l : 0];
  std::int64_t i = 0;
  for (; i + softmax_lanes <= n; i += softmax_lanes)
    for (std::int64_t l = 0; l < softmax_lanes; ++l) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
  for (; i < n; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  F most = lanes[0];
  for (std::int64_t l = 1; l < softmax_lanes; ++l) most = lanes[l] > most ? lanes[l] : most;
  return most;
}
template <class F>
[[gnu::always_inline]] inline F sum_of(const F* x, std::int64_t n) {
  F lanes[softmax_lanes] = {};
  std::int64_t i = 0;
  for (; i + softmax_lanes <= n; i += softmax_lanes)
    for (std::int64_t l = 0; l < softmax_lanes; ++l) lanes[l] += x[i + l];
  for (std::int64_t half = softmax_lanes / 2; half > 0; half /= 2)
    for (std::int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  for (; i < n; ++i) lanes[0] += x[i];
  return lanes[0];
}

/// One row: v, of n numbers, become probabilities.
template <class F>
[[gnu::always_inline]] inline void softmax_row(F* v, std::int64_t n) {
  const F most = largest_of(v, n);
  TUNEIT_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) v[i] = exp_of(v[i] - most);
  const F factor = F(1) / sum_of(v, n);
  TUNEIT_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) v[i] *= factor;
}

/// The factors of a row's places: `kept`, or minus it where a place is dropped.
template <class F>
[[gnu::always_inline]] inline void drop_signs(F* signs, std::int64_t n, RowKey key, std::uint32_t share, F kept) {
  constexpr std::int64_t half = lots_at_once / 2;
  std::uint32_t counter = 0;
  for (std::int64_t at = 0; at < n; at += lots_at_once, counter += half) {  // there is room for whole blocks
    TUNEIT_INDEPENDENT
    for (std::int64_t l = 0; l < half; ++l) {
      const std::uint32_t lots = two_lots(key, counter + static_cast<std::uint32_t>(l));
      signs[at + l] = (lots & 0xffffu) < share ? -kept : kept;
      signs[at + half + l] = (lots >> 16) < share ? -kept : kept;
    }
  }
}

}  // namespace detail

/// The scores of one sample become probabilities, with a minus sign where they are dropped, and `dropped` (null where
/// nothing is) what is left of them, not scaled up. hidden: of each token what is added to its score (0 or
/// hidden_score), or null.
template <class T>
void attention_softmax(T* scores, T* dropped, const Compute<T>* hidden, const Scores& s, const Dropping& d) {
  using F = Compute<T>;
  const std::int64_t n = s.tokens, room = (n + detail::lots_at_once) / detail::lots_at_once * detail::lots_at_once;
  parallel_for(s.heads * n, 1 + (1 << 14) / n, [&](std::int64_t begin, std::int64_t end) {
    std::vector<F> space(static_cast<std::size_t>(2 * room));
    F* const v = space.data();
    if constexpr (std::is_same_v<F, float>) {
      with_register_size([&](auto bytes) {
        compiled_for<bytes.value>([&]() __attribute__((always_inline)) {
          for (std::int64_t r = begin; r < end; ++r) {
            T* row = scores + r * n;
            detail::softmax_row<bytes.value>(row, v, n, s.causal ? r % n + 1 : n, hidden, F(s.scale));
            if (d.share == 0)
              detail::put_probabilities<bytes.value>(v, row, n);
            else
              detail::drop_probabilities<bytes.value>(v, row, dropped + r * n, n,
                                                      detail::row_key(d.key, s.first_row + r), d.share);
          }
        });
      });
    } else {
      F* const signs = v + room;
      vectorized([&]() __attribute__((always_inline)) {
        const F scale = F(s.scale);
        for (std::int64_t r = begin; r < end; ++r) {
          T* row = scores + r * n;
          const std::int64_t seen = s.causal ? r % n + 1 : n;
          if (hidden != nullptr) {
            TUNEIT_INDEPENDENT
            for (std::int64_t i = 0; i < seen; ++i) v[i] = widen(row[i]) * scale + hidden[i];
          } else {
            TUNEIT_INDEPENDENT
            for (std::int64_t i = 0; i < seen; ++i) v[i] = widen(row[i]) * scale;
          }
          detail::softmax_row(v, seen);
          for (std::int64_t i = seen; i < n; ++i) v[i] = F(0);
          if (d.share == 0) {
            TUNEIT_INDEPENDENT
            for (std::int64_t i = 0; i < n; ++i) row[i] = narrow<T>(v[i]);
            continue;
          }
          detail::drop_signs(signs, n, detail::row_key(d.key, s.first_row + r), d.share, F(1));
          T* left = dropped + r * n;
          TUNEIT_INDEPENDENT
          for (std::int64_t i = 0; i < n; ++i) {
            const F p = v[i] * signs[i];
            row[i] = narrow<T>(p);
            left[i] = narrow<T>(p > F(0) ? p : F(0));
          }
        }
      });
    }
  });
}

/// What was left of the probabilities, again.
template <class T>
void attention_left(const T* signed_ones, T* left, std::int64_t n) {
  parallel_for(n, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    vectorized([&]() __attribute__((always_inline)) {
      TUNEIT_INDEPENDENT
      for (std::int64_t i = begin; i < end; ++i) {
        const Compute<T> p = widen(signed_ones[i]);
        left[i] = narrow<T>(p > Compute<T>(0) ? p : Compute<T>(0));
      }
    });
  });
}

/// The gradient of what was left of the probabilities becomes that of the scores, in place. `up`: the scale of what was
/// kept.
template <class T>
void attention_softmax_backward(const T* signed_ones, T* gradient, const Scores& s, double up) {
  using F = Compute<T>;
  const std::int64_t n = s.tokens;
  parallel_for(s.heads * n, 1 + (1 << 14) / n, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_same_v<F, float>) {
      with_register_size([&](auto bytes) {
        compiled_for<bytes.value>([&]() __attribute__((always_inline)) {
          for (std::int64_t r = begin; r < end; ++r)
            detail::softmax_row_backward<bytes.value>(signed_ones + r * n, gradient + r * n, n, F(s.scale), F(up));
        });
      });
    } else {
      std::vector<F> space(static_cast<std::size_t>(2 * n));
      F *g = space.data(), *product = g + n;
      vectorized([&]() __attribute__((always_inline)) {
        const F scale = F(s.scale), larger = F(up);
        for (std::int64_t r = begin; r < end; ++r) {
          const T* row = signed_ones + r * n;
          T* dy = gradient + r * n;
          TUNEIT_INDEPENDENT
          for (std::int64_t i = 0; i < n; ++i) {
            const F p = widen(row[i]);
            g[i] = p > F(0) ? widen(dy[i]) * larger : F(0);
            product[i] = p * g[i];
          }
          const F mean = detail::sum_of(product, n);
          TUNEIT_INDEPENDENT
          for (std::int64_t i = 0; i < n; ++i) {
            const F p = widen(row[i]), size = p > F(0) ? p : -p;
            dy[i] = narrow<T>(size * (g[i] - mean) * scale);
          }
        }
      });
    }
  });
}

}  // namespace tuneit::kernels
