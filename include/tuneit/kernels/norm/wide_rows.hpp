#pragma once
// How are channels-last data walked where each channel has numbers of its own? As [rows, channels], a row being one
// pixel; several pixels are taken as one long row where channels are few, and stretches of such rows go to threads.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "tuneit/kernels/isa/parallel.hpp"

namespace tuneit::kernels {

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

// Values of a stretch of rows, the least that is worth a thread: 128 KiB of floats, which fit the second-level cache.
inline constexpr std::int64_t stretch_values = 1 << 15;

/// body(thread, first_value, values, sample) for stretches of whole wide rows, in parallel; the last one of a sample
/// may end in a part of a wide row. `thread` numbers the accumulators.
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

/// How many threads are worth it.
inline int stretch_threads(const Extent& e) { return threads_for(e.rows * e.samples * e.channels, stretch_values); }

/// Adds `sums`, [thread][value of a wide row], over the threads and the pixels of a row, in a fixed order.
inline void fold_sums(const std::vector<double>& sums, const Wide& wide, std::int64_t channels, int threads,
                      double* out) {
  std::fill_n(out, channels, 0.0);
  for (int t = 0; t < threads; ++t)
    for (std::int64_t i = 0; i < wide.width; ++i)
      out[i % channels] += sums[static_cast<std::size_t>(t * wide.width + i)];
}

}  // namespace detail
}  // namespace tuneit::kernels
