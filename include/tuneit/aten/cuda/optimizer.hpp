#pragma once
// A group's step by our CUDA kernels: one launch for up to 176 tensors that lie in one buffer, which writes their casts
// to lower precision, too, and reads gradients in that.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>

#include "tuneit/aten/cuda/launcher.hpp"
#include "tuneit/aten/cuda/numbers.hpp"
#include "tuneit/aten/step_numbers.hpp"
#include "tuneit/kernels/cuda/optimizer.hpp"

namespace tuneit::aten::cuda {

/// What an optimizer's kernel moves: `first` and `second` are what is remembered, none or one for each weight.
struct OptimizerGroup {
  std::span<const at::Tensor> weights, gradients, first, second;
};

namespace detail {

/// Do both have the same numbers at the same places?
inline bool same_places(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || !b.is_non_overlapping_and_dense()) return false;
  for (std::int64_t i = 0; i < a.dim(); ++i)
    if (a.size(i) > 1 && a.stride(i) != b.stride(i)) return false;
  return true;
}
/// Its place in the buffer of `front`, in eights of numbers; none where it lies in no eighth, or in another buffer.
inline std::optional<unsigned> eighth(const at::Tensor& t, const at::Tensor& front) {
  const std::int64_t begin = t.storage_offset();
  if (!t.is_alias_of(front) || t.scalar_type() != front.scalar_type() || begin % 8 != 0 ||
      begin / 8 > std::numeric_limits<unsigned>::max())
    return std::nullopt;
  return static_cast<unsigned>(begin / 8);
}
inline void* buffer_of(const at::Tensor& t) { return t.storage().mutable_data(); }
inline bool at_multiple(const at::Tensor& t, std::size_t bytes) {
  return reinterpret_cast<std::uintptr_t>(t.const_data_ptr()) % bytes == 0;
}

/// All tensors of a launch, from the `at`-th on; `at` goes behind them. False: one of them is none for these kernels.
inline bool take_tensors(kernels::cuda::OptimizerTensors& all, unsigned& blocks, std::size_t& at,
                         const OptimizerGroup& g, at::ScalarType low) {
  constexpr std::int64_t per_block = 4096, most_blocks = std::numeric_limits<unsigned short>::max();
  all.size = 0;
  std::fill(std::begin(all.low), std::end(all.low), 0U);
  for (blocks = 0; at < g.weights.size(); ++at) {
    const at::Tensor &w = g.weights[at], &dw = g.gradients[at];
    const std::int64_t count = w.numel(), own = (count + per_block - 1) / per_block;
    if (count == 0) continue;
    if (std::size(all.at) == static_cast<std::size_t>(all.size) || blocks + own > most_blocks) return all.size > 0;
    const bool is_low = dw.scalar_type() != w.scalar_type();
    const auto place = eighth(w, g.weights.front());
    if (!place || !w.is_non_overlapping_and_dense() || !same_places(w, dw) || (is_low && dw.scalar_type() != low) ||
        !dw.is_cuda() || !at_multiple(dw, is_low ? 8 : 16) || count > std::numeric_limits<unsigned>::max())
      return false;
    const auto place_of = [&](std::span<const at::Tensor> states) {
      return same_places(w, states[at]) ? eighth(states[at], states.front()) : std::nullopt;
    };
    const auto remembered = g.first.empty() ? std::optional<unsigned>(0U) : place_of(g.first);
    if (!remembered || (!g.second.empty() && place_of(g.second) != remembered)) return false;
    const auto i = static_cast<std::size_t>(all.size++);
    all.gradients[i] = dw.const_data_ptr();
    all.at[i] = *place;
    all.remembered[i] = *remembered;
    all.count[i] = static_cast<unsigned>(count);
    all.first[i] = static_cast<unsigned short>(blocks);
    if (is_low) all.low[i / 32] |= 1U << (i % 32);
    blocks += static_cast<unsigned>(own);
  }
  return true;
}

}  // namespace detail

/// The launcher of Task for weights of a type whose casts, if any, are `casts`; none where there is none.
template <class Task>
std::optional<Launcher> optimizer_launcher(const at::Tensor& weight, const WeightCasts* casts) {
  if (!weight.is_cuda()) return std::nullopt;
  const auto own = numbers_of(weight.scalar_type());
  const bool low = casts != nullptr && casts->low.defined();
  const auto numbers = low ? numbers_of(casts->low.scalar_type()) : own;
  if (!numbers || (weight.scalar_type() != at::kFloat && weight.scalar_type() != at::kDouble)) return std::nullopt;
  if (low && weight.scalar_type() != at::kFloat) return std::nullopt;
  const Launcher launcher(weight.device(), {*numbers, kernels::cuda::widest(*numbers)});
  if (!launcher.has<Task>()) return std::nullopt;
  return launcher;
}

/// One step of a group with the numbers of `task`. False, and nothing has moved: there is no kernel for it. `left_out`
/// ([1], float, or undefined): where it is not 0 nothing moves. Casts are then those of the weights, where they were.
template <class Task>
[[gnu::noinline]] bool optimizer_step(Task task, const OptimizerGroup& g, const DeviceRate& rate, double decay,
                                      const at::Tensor& left_out) {
  const at::Tensor& front = g.weights.front();
  WeightCasts* const casts = rate.casts;
  const auto launcher = optimizer_launcher<Task>(front, casts);
  if (!launcher) return false;
  const bool low = casts != nullptr && casts->low.defined() && casts->low.scalar_type() != front.scalar_type();
  kernels::cuda::OptimizerBuffers& in = task.in;
  in.weights = detail::buffer_of(front);
  in.first = g.first.empty() ? nullptr : detail::buffer_of(g.first.front());
  in.second = g.second.empty() ? nullptr : detail::buffer_of(g.second.front());
  in.left_out = left_out.defined() ? static_cast<const float*>(left_out.const_data_ptr()) : nullptr;
  in.rate = rate.lr.const_data_ptr();
  in.decay = decay;
  in.casts = nullptr;
  in.casts_begin = in.casts_end = 0;
  const at::ScalarType type = low ? casts->low.scalar_type() : front.scalar_type();
  if (low && casts->fresh) {
    const auto begin = detail::eighth(casts->source, front);
    if (!begin) return false;
    in.casts = casts->low.mutable_data_ptr();
    in.casts_begin = *begin;
    in.casts_end = *begin + static_cast<unsigned>((casts->source.numel() + 7) / 8);
  }
  unsigned blocks = 0, more = 0;
  std::size_t next = 0;
  if (!detail::take_tensors(task.tensors, blocks, next, g, type)) return false;
  if (next < g.weights.size()) {  // nothing is launched before all are known to be
    kernels::cuda::OptimizerTensors rest;
    for (std::size_t at = next; at < g.weights.size();)
      if (!detail::take_tensors(rest, more, at, g, type)) return false;
  }
  for (;;) {
    if (blocks > 0) launcher->run({blocks}, {256}, task);
    if (next == g.weights.size()) break;
    detail::take_tensors(task.tensors, blocks, next, g, type);
  }
  if (casts != nullptr) casts->written = true;
  return true;
}

}  // namespace tuneit::aten::cuda
