#pragma once
// Dropout by counted random numbers in training (kernels/tokens/random.hpp), with a key that the trainer's generator
// gives once for a layer and a step. The mask is drawn again on the way back; on a GPU it is kept, in bytes.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <utility>

#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/kernels/tokens/dropout.hpp"
#include "tuneit/net/layers/dropout.hpp"

namespace tuneit {

namespace detail {

/// 64 bits of a generator of the CPU.
inline std::uint64_t draw_key(const at::Generator& generator) {
  auto* const cpu = at::check_generator<at::CPUGeneratorImpl>(generator);
  const std::lock_guard<std::mutex> lock(cpu->mutex_);
  return cpu->random64();
}

/// What is kept is scaled up; x is overwritten where `in_place`. Of the CPU; any floating type. `row`: so many numbers
/// are drawn for together.
inline at::Tensor drop_counted(const at::Tensor& x, const kernels::Dropping& d, bool in_place,
                               std::int64_t row = kernels::detail::dropout_row) {
  const at::ScalarType type = x.scalar_type();
  if (type == at::kHalf || !x.is_non_overlapping_and_dense()) {
    const at::Tensor plain = x.to(at::kFloat).contiguous();
    kernels::dropout(data<const float>(plain), data<float>(plain), plain.numel(), d, row);
    return plain.to(type);
  }
  at::Tensor y = in_place ? x : aten::empty_like(x);
  const std::int64_t n = x.numel();
  if (type == at::kDouble)
    kernels::dropout(data<const double>(x), data<double>(y), n, d, row);
  else if (type == at::kBFloat16)
    kernels::dropout(data<const kernels::Bf16>(x), data<kernels::Bf16>(y), n, d, row);
  else
    kernels::dropout(data<const float>(x), data<float>(y), n, d, row);
  return y;
}
/// Of a layer: its draws go by the places in channels-last order, so they are the same ones for what flows and for its
/// gradient, however these lie.
inline at::Tensor drop_places(at::Tensor x, const kernels::Dropping& d) {
  const at::Tensor in_order = channels_last(std::exchange(x, {}));
  return drop_counted(in_order, d, exclusive(in_order));
}

}  // namespace detail

template <auto P, auto F, Need N>
struct Train<CountedDropout<P>, F, N> {
  static constexpr bool on = F.live && P > 0;
  static constexpr auto probability = static_cast<double>(P);
  struct Saved {
    kernels::Dropping dropped{};
    at::Tensor mask{};  ///< on a GPU
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (!on) return x;
    if (x.is_cuda()) {
      auto [y, bytes] = aten::fused_dropout(x, 1 - probability, c.generator());
      if constexpr (N.x) saved.mask = std::move(bytes);
      return y;
    }
    saved.dropped = {detail::draw_key(c.generator()), probability};
    return detail::drop_places(std::move(x), saved.dropped);
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!on) return dy;
    if constexpr (!N.x) return {};
    at::Tensor d = std::move(dy).sum();
    if (saved.mask.defined()) return {aten::masked_scale(d, std::exchange(saved.mask, {}), 1 / (1 - probability))};
    return {detail::drop_places(std::move(d), saved.dropped)};
  }
};

/// Under autograd: the same draws.
template <auto P, auto F>
struct Forward<CountedDropout<P>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    if constexpr (F.live && P > 0) {
      const double keep = 1 - static_cast<double>(P);
      if (x.is_cuda()) return x.mul(aten::empty_like(x).bernoulli_(keep, c.generator()).div_(keep));
      const kernels::Dropping dropped(detail::draw_key(c.generator()), static_cast<double>(P));
      return x.mul(detail::drop_places(aten::zeros_like(x.detach()).add_(1), dropped));
    } else {
      return x;
    }
  }
};

}  // namespace tuneit
