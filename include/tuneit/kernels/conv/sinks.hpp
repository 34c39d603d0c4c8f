#pragma once
// Where convolution kernels write, and what they sum on the way. A kernel calls begin() once, then row() for each row
// of pixels and block of channels, put() for each pixel of it and finish(), on any thread, and end() once.
#include <cstdint>
#include <limits>
#include <vector>

#include "tuneit/kernels/pack_activation.hpp"

namespace tuneit::kernels {

/// Two sums per channel: each thread has its own, in double, merged in the order of threads.
class ChannelSums {
 public:
  void begin(int threads, int channels) {
    channels_ = channels, padded_ = (channels + 63) / 64 * 64;
    partial_.assign(static_cast<std::size_t>(threads) * 2 * static_cast<std::size_t>(padded_), 0.0);
  }

  template <class F, int N>
  [[gnu::always_inline]] void add(int thread, int channel, const Pack<F, N>& first, const Pack<F, N>& second) {
    double* to = partial_.data() + std::int64_t{2} * thread * padded_ + channel;
    F a[std::size_t{N}], b[std::size_t{N}];
    store(a, first);
    store(b, second);
    for (int i = 0; i < N; ++i) to[i] += static_cast<double>(a[i]);
    for (int i = 0; i < N; ++i) to[padded_ + i] += static_cast<double>(b[i]);
  }

  void end() {
    const std::size_t size = 2 * static_cast<std::size_t>(padded_);
    for (std::size_t at = size; at < partial_.size(); ++at) partial_[at % size] += partial_[at];
  }

  double first(int channel) const { return partial_[static_cast<std::size_t>(channel)]; }
  double second(int channel) const { return partial_[static_cast<std::size_t>(padded_ + channel)]; }

 private:
  int channels_ = 0, padded_ = 0;
  std::vector<double> partial_;
};

/// act(x + bias[c]), rounded to T; bias may be null.
template <class T, Activation A = Activation::None>
struct Store {
  T* to;
  const Compute<T>* bias = nullptr;

  void begin(int /*threads*/, int /*channels*/) const {}
  void end() const {}

  template <class P>
  struct Row {
    T* to;
    P bias;
    int lanes;
    [[gnu::always_inline]] void put(std::int64_t offset, const P& x) const {
      P y = x;
      y.v += bias.v;
      store(to + offset, activate<A>(y), lanes);
    }
    [[gnu::always_inline]] void finish() const {}
  };
  template <class P>
  [[gnu::always_inline]] Row<P> row(int /*thread*/, int channel, int lanes) const {
    return {to, bias != nullptr ? load<P>(bias + channel, lanes) : P{}, lanes};
  }
};

/// x + bias[c] + add[at], no less than `low` and no more than `high`, rounded to T; bias and add may be null. NaN
/// stays.
template <class T>
struct StoreClamped {
  T* to;
  const Compute<T>* bias = nullptr;
  const T* add = nullptr;
  Compute<T> low = -std::numeric_limits<Compute<T>>::infinity(), high = std::numeric_limits<Compute<T>>::infinity();

  void begin(int /*threads*/, int /*channels*/) const {}
  void end() const {}

  template <class P>
  struct Row {
    T* to;
    const T* add;
    P bias, low, high;
    int lanes;
    [[gnu::always_inline]] void put(std::int64_t at, const P& x) const {
      P y = x;
      y.v += bias.v;
      if (add != nullptr) y.v += load<P>(add + at, lanes).v;
      y.v = y.v < low.v ? low.v : y.v;
      y.v = y.v > high.v ? high.v : y.v;
      store(to + at, y, lanes);
    }
    [[gnu::always_inline]] void finish() const {}
  };
  template <class P>
  [[gnu::always_inline]] Row<P> row(int /*thread*/, int channel, int lanes) const {
    return {to, add, bias != nullptr ? load<P>(bias + channel, lanes) : P{}, splat<P>(low), splat<P>(high), lanes};
  }
};

/// x rounded to T; and the sums of y - shift[c] and of its square over what was stored, for the statistics of a batch
/// norm. A shift near the mean keeps the digits of the variance; it may be null.
template <class T>
struct StoreAndSum {
  T* to;
  const Compute<T>* shift;
  ChannelSums* sums;

  void begin(int threads, int channels) const { sums->begin(threads, channels); }
  void end() const { sums->end(); }

  template <class P>
  struct Row {
    const StoreAndSum& sink;
    P shift, first, second;
    int thread, channel, lanes;
    [[gnu::always_inline]] void put(std::int64_t offset, const P& x) {
      const P y = round_to<T>(x);
      store(sink.to + offset, y, lanes);
      P d = y;
      d.v -= shift.v;
      first.v += d.v;
      second = fma(d, d, second);
    }
    [[gnu::always_inline]] void finish() const { sink.sums->add(thread, channel, first, second); }
  };
  template <class P>
  [[gnu::always_inline]] Row<P> row(int thread, int channel, int lanes) const {
    return {*this, shift != nullptr ? load<P>(shift + channel, lanes) : P{}, P{}, P{}, thread, channel, lanes};
  }
};

/// For a gradient d of act(scale[c] * x + offset[c]): g = d * act'(...), rounded to T, and the sums of g and of
/// g * (x - mean[c]), which the batch norm that made scale and offset needs for its own gradients.
template <class T, Activation A>
struct StoreGradientAndSum {
  T* to;
  const T* from;  // x
  const Compute<T>*scale, *offset, *mean;
  ChannelSums* sums;

  void begin(int threads, int channels) const { sums->begin(threads, channels); }
  void end() const { sums->end(); }

  template <class P>
  struct Row {
    const StoreGradientAndSum& sink;
    P scale, offset, mean, first, second;
    int thread, channel, lanes;
    [[gnu::always_inline]] void put(std::int64_t at, const P& d) {
      P x = load<P>(sink.from + at, lanes);
      const P g = round_to<T>(activation_backward<A>(d, fma(x, scale, offset)));
      store(sink.to + at, g, lanes);
      x.v -= mean.v;
      first.v += g.v;
      second = fma(g, x, second);
    }
    [[gnu::always_inline]] void finish() const { sink.sums->add(thread, channel, first, second); }
  };
  template <class P>
  [[gnu::always_inline]] Row<P> row(int thread, int channel, int lanes) const {
    return {*this,
            load<P>(scale + channel, lanes),
            load<P>(offset + channel, lanes),
            load<P>(mean + channel, lanes),
            P{},
            P{},
            thread,
            channel,
            lanes};
  }
};

/// For a gradient d of act(scale[c] * x + offset[c]), with g = d * act'(...): p[c] * g + q[c] * x + r[c], the gradient
/// of the input of a batch norm, when the sums over g are known already.
template <class T, Activation A>
struct StoreNormGradient {
  T* to;
  const T* from;  // x
  const Compute<T>*scale, *offset, *p, *q, *r;

  void begin(int /*threads*/, int /*channels*/) const {}
  void end() const {}

  template <class P>
  struct Row {
    T* to;
    const T* from;
    P scale, offset, p, q, r;
    int lanes;
    [[gnu::always_inline]] void put(std::int64_t at, const P& d) const {
      const P x = load<P>(from + at, lanes);
      const P g = activation_backward<A>(d, fma(x, scale, offset));
      store(to + at, fma(g, p, fma(x, q, r)), lanes);
    }
    [[gnu::always_inline]] void finish() const {}
  };
  template <class P>
  [[gnu::always_inline]] Row<P> row(int /*thread*/, int channel, int lanes) const {
    const auto of = [&](const Compute<T>* values) __attribute__((always_inline)) {
      return load<P>(values + channel, lanes);
    };
    return {to, from, of(scale), of(offset), of(p), of(q), of(r), lanes};
  }
};

}  // namespace tuneit::kernels
