#pragma once
// What convolution kernels read: tensors, with what happens to a number on its way from memory. Offsets count elements
// from the beginning of the tensor, `channel` is where the pack begins. Where they write: sinks.hpp.
#include <cstdint>

#include "tuneit/kernels/pack_activation.hpp"

namespace tuneit::kernels {

/// Asks for numbers that will be read soon.
template <class T>
[[gnu::always_inline]] inline void prefetch(const T* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 64 / static_cast<int>(sizeof(T))) __builtin_prefetch(from + i);
}

/// The tensor as it is.
template <class T>
struct Direct {
  using Number = T;
  const T* from;

  template <class P>
  [[gnu::always_inline]] P load(std::int64_t offset, int, int lanes) const {
    return kernels::load<P>(from + offset, lanes);
  }
  [[gnu::always_inline]] void prefetch(std::int64_t offset, std::int64_t count) const {
    kernels::prefetch(from + offset, count);
  }
};

/// act(scale[c] * x + offset[c]): batch norm and activation of the layer before, not written to memory in between.
template <class T, Activation A>
struct Normalised {
  using Number = T;
  const T* from;
  const Compute<T>*scale, *shift;

  template <class P>
  [[gnu::always_inline]] P load(std::int64_t offset, int channel, int lanes) const {
    return activate<A>(fma(kernels::load<P>(from + offset, lanes), kernels::load<P>(scale + channel, lanes),
                           kernels::load<P>(shift + channel, lanes)));
  }
  [[gnu::always_inline]] void prefetch(std::int64_t offset, std::int64_t count) const {
    kernels::prefetch(from + offset, count);
  }
};

/// p[c] * g + q[c] * x + r[c] with g = act'(scale[c] * x + offset[c]) * gradient: what batch norm and activation hand
/// back, given the gradient of their result and their input x.
template <class T, Activation A>
struct NormActivationGradient {
  using Number = T;
  const T *gradient, *from;
  const Compute<T>*scale, *offset, *p, *q, *r;

  template <class P>
  [[gnu::always_inline]] P load(std::int64_t at, int channel, int lanes) const {
    const P x = kernels::load<P>(from + at, lanes);
    const P rest = fma(x, kernels::load<P>(q + channel, lanes), kernels::load<P>(r + channel, lanes));
    const P before = fma(x, kernels::load<P>(scale + channel, lanes), kernels::load<P>(offset + channel, lanes));
    const P g = activation_backward<A>(kernels::load<P>(gradient + at, lanes), before);
    return fma(g, kernels::load<P>(p + channel, lanes), rest);
  }
  [[gnu::always_inline]] void prefetch(std::int64_t at, std::int64_t count) const {
    kernels::prefetch(gradient + at, count);
    kernels::prefetch(from + at, count);
  }
};

}  // namespace tuneit::kernels
