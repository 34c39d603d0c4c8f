#pragma once
// Attention between tokens in training, in tests and under autograd.
#include <ATen/core/grad_mode.h>

#include <utility>

#include "tuneit/aten/merge.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/tokens/attention_math.hpp"
#include "tuneit/engine/tokens/token_cache.hpp"
#include "tuneit/net/layers/attention.hpp"

namespace tuneit {

namespace detail {

template <AttentionOptions O, auto F>
constexpr AttentionTask attention_task(bool keeps) {
  constexpr AttentionOptions options = O;
  return {options.heads, options.causal, keeps, F.live ? options.dropout : 0};
}

/// As autograd records it, or at once where it records nothing. in: q, k, v, mask.
template <AttentionOptions O, auto F>
at::Tensor attention_plain(AttentionSaved in, const Context& c) {
  if (TokenCache* const cache = TokenCache::current(); cache != nullptr) [[unlikely]] {
    constexpr AttentionOptions options = O;
    if (!options.causal) refuse_to_continue();
    return cache->attend(in.q, in.k, in.v, options.heads);
  }
  const AttentionTask task = attention_task<O, F>(false);
  const bool records =
      at::GradMode::is_enabled() && (in.q.requires_grad() || in.k.requires_grad() || in.v.requires_grad());
  if (!records) return attention_forward<F.dtypes>(in, task, c.random);
  at::Tensor p = plain_probabilities(in.q, in.k, in.mask, task);
  if (task.probability > 0 && p.is_cuda()) {
    const double keep = 1 - task.probability;
    p = p.mul(aten::empty_like(p).bernoulli_(keep, c.generator()).div_(keep));
  } else if (task.probability > 0) {
    const kernels::Dropping draws(draw_key(c.generator()), task.probability);
    p = p.mul(drop_counted(aten::zeros_like(p.detach()).add_(1), draws, true, p.size(3)));
  }
  return out_of_heads(p.matmul(in_heads(in.v, task.heads)));
}

}  // namespace detail

template <int H, AttentionOptions O, fixed_string Query, fixed_string Key, fixed_string... Mask, auto F, Need N>
struct Train<Attention<H, O, Query, Key, Mask...>, F, N> {
  static constexpr bool keeps = N.x || (N.wires & 3) != 0;
  static constexpr detail::AttentionTask task = detail::attention_task<O, F>(keeps);
  using Saved = detail::AttentionSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    saved.q = c.wire(0).contiguous();
    saved.k = c.wire(1).contiguous();
    saved.v = x.contiguous();
    if constexpr (sizeof...(Mask) > 0) saved.mask = c.wire(2);
    at::Tensor y = detail::attention_forward<F.dtypes>(saved, task, c.random);
    if constexpr (!keeps) saved.clear();
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!keeps) return {};
    at::Tensor dq = aten::empty_like(saved.q), dk = aten::empty_like(saved.q), dv = aten::empty_like(saved.q);
    detail::attention_backward<F.dtypes>(saved, std::move(dy).sum().contiguous(), task, dq, dk, dv);
    saved.clear();
    if constexpr ((N.wires & 1) != 0) c.set_wire_gradient(0, std::move(dq));
    if constexpr ((N.wires & 2) != 0) c.set_wire_gradient(1, std::move(dk));
    if constexpr (!N.x) return {};
    return {std::move(dv)};
  }
};

template <int H, AttentionOptions O, fixed_string Query, fixed_string Key, fixed_string... Mask, auto F>
struct Forward<Attention<H, O, Query, Key, Mask...>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    detail::AttentionSaved in{c.wire(0), c.wire(1), std::move(x), {}, {}, {}, {}, {}, {}};
    if constexpr (sizeof...(Mask) > 0) in.mask = c.wire(2);
    return detail::attention_plain<O, F>(std::move(in), c);
  }
};

namespace detail {

/// q, k and v side by side.
inline void take_apart(const at::Tensor& x, AttentionSaved& to) {
  const std::int64_t h = x.size(2) / 3;
  to.q = x.narrow(2, 0, h), to.k = x.narrow(2, h, h), to.v = x.narrow(2, 2 * h, h);
}

}  // namespace detail

template <int H, AttentionOptions O, fixed_string... Mask, auto F, Need N>
struct Train<PackedAttention<H, O, Mask...>, F, N> {
  static constexpr detail::AttentionTask task = detail::attention_task<O, F>(N.x);
  using Saved = detail::AttentionSaved;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    detail::take_apart(x.contiguous(), saved);
    if constexpr (sizeof...(Mask) > 0) saved.mask = c.wire(0);
    at::Tensor y = detail::attention_forward<F.dtypes>(saved, task, c.random);
    if constexpr (!N.x) saved.clear();
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    const at::Tensor& q = saved.q;
    at::Tensor dx = aten::empty({q.size(0), q.size(1), 3 * H}, q.options());
    detail::AttentionSaved d;
    detail::take_apart(dx, d);
    detail::attention_backward<F.dtypes>(saved, std::move(dy).sum().contiguous(), task, d.q, d.k, d.v);
    saved.clear();
    return {std::move(dx)};
  }
};

template <int H, AttentionOptions O, fixed_string... Mask, auto F>
struct Forward<PackedAttention<H, O, Mask...>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    detail::AttentionSaved in;
    detail::take_apart(x, in);
    if constexpr (sizeof...(Mask) > 0) in.mask = c.wire(0);
    return detail::attention_plain<O, F>(std::move(in), c);
  }
};

}  // namespace tuneit
