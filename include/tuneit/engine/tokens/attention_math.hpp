#pragma once
// Attention by hand below autograd. On the CPU by products of one sample after the other, whose scores stay in the
// cache, and our own softmax; for long sequences without dropout, and where nothing is kept, by ATen's fused operator.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/aten/attention.hpp"
#include "tuneit/aten/layers.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/tokens/dropout.hpp"
#include "tuneit/kernels/tokens/heads.hpp"
#include "tuneit/kernels/tokens/softmax.hpp"

namespace tuneit::detail {

/// What an attention is: of one with a mask and dropout in this pass.
struct AttentionTask {
  std::int64_t heads = 1;
  bool causal = false, keeps = false;
  double probability = 0;  ///< of being dropped
};

/// What it leaves for the way back.
struct AttentionSaved {
  at::Tensor q, k, v, mask;   ///< [N, S, H]; the mask as it lies on its wire
  at::Tensor p, dropped;      ///< probabilities [N, heads, S, S]: signed; or plain with a mask in bytes, of a GPU
  at::Tensor out, logsumexp;  ///< of the fused operator
  kernels::Dropping draws{};
  void clear() { *this = {}; }
};

/// From how many tokens on a training without dropout takes the fused operator, in single precision: below it our own
/// products are ahead, and its backward in lower precision is slow whatever the length.
inline constexpr std::int64_t fused_from = 384;

/// [N, S, H] as [N, heads, S, H / heads]; nothing is copied.
inline at::Tensor in_heads(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}
/// And back.
inline at::Tensor out_of_heads(const at::Tensor& x) {
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)});
}
/// A mask as numbers that are added to scores, [N, 1, 1, S].
inline at::Tensor added_mask(const at::Tensor& mask, at::ScalarType type) {
  if (!mask.defined()) return {};
  return mask.logical_not().to(type).mul_(kernels::hidden_score).unsqueeze(1).unsqueeze(1);
}
/// Which scores a causal attention hides, [S, S].
inline at::Tensor future(std::int64_t tokens, const at::TensorOptions& o) {
  return aten::full({tokens, tokens}, 1, o.dtype(at::kBool)).triu_(1);
}

/// Of ATen's operators alone: recorded by autograd, on every device, in every number type.
inline at::Tensor plain_probabilities(const at::Tensor& q, const at::Tensor& k, const at::Tensor& mask,
                                      const AttentionTask& task) {
  const at::Tensor qh = in_heads(q, task.heads), kh = in_heads(k, task.heads);
  at::Tensor s = qh.matmul(kh.transpose(2, 3)).mul(1 / std::sqrt(static_cast<double>(qh.size(3))));
  const at::ScalarType wide = s.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  s = s.to(wide);
  if (mask.defined()) s = s.add(added_mask(mask, wide));
  if (task.causal) s = s.masked_fill(future(s.size(3), s.options()), kernels::hidden_score);
  return s.softmax(-1).to(q.scalar_type());
}

/// On the CPU: so many heads of a sample at a time as leave their scores in the cache. Products are written where they
/// are contiguous, for which LibTorch has one call for all heads, and are put where they belong.
class OwnAttention {
 public:
  OwnAttention(const at::Tensor& q, const AttentionTask& task, const kernels::Dropping& draws)
      : n_(q.size(0)), s_(q.size(1)), d_(q.size(2) / task.heads), heads_(task.heads), draws_(draws) {
    scores_ = {heads_, s_, task.causal, 1 / std::sqrt(static_cast<double>(d_)), 0};
    const auto bytes = 2 * s_ * s_ * static_cast<std::int64_t>(q.element_size());
    at_once_ = std::clamp<std::int64_t>(cache / bytes, std::min<std::int64_t>(heads_, 2), heads_);
    product_ = aten::empty({at_once_, s_, d_}, q.options());
    work_ = aten::empty({at_once_, s_, s_}, q.options());
  }

  template <DTypeSet N>
  at::Tensor forward(const AttentionSaved& in, at::Tensor* p) {
    at::Tensor out = aten::empty({n_, s_, heads_ * d_}, in.q.options());
    const bool drops = draws_.share > 0;
    at::Tensor all = p != nullptr ? aten::empty({n_, heads_, s_, s_}, in.q.options()) : at::Tensor();
    const at::Tensor one = p == nullptr && drops ? aten::empty_like(work_) : work_;
    with_numbers<N>(in.q.scalar_type(), [&]<class T>(T*) {
      for (std::int64_t b = 0; b < n_; ++b) {
        const auto hidden = hidden_of<kernels::Compute<T>>(in.mask, b);
        each_heads([&](std::int64_t h, std::int64_t heads) {
          at::Tensor s = p != nullptr ? matrices(all, b * heads_ + h, heads, s_) : matrices(one, 0, heads, s_);
          const at::Tensor left = drops ? matrices(work_, 0, heads, s_) : s;
          aten::bmm_out(s, part(in.q, b, h, heads), turned(part(in.k, b, h, heads)));
          scores_.heads = heads;
          scores_.first_row = (b * heads_ + h) * s_;
          kernels::attention_softmax<T>(data<T>(s), drops ? data<T>(left) : nullptr,
                                        hidden.empty() ? nullptr : hidden.data(), scores_, draws_);
          multiply<T>(out, b, h, heads, left, part(in.v, b, h, heads), drops ? draws_.scale() : 1);
        });
      }
    });
    if (p != nullptr) *p = std::move(all);
    return out;
  }

  template <DTypeSet N>
  void backward(const AttentionSaved& in, const at::Tensor& dy, at::Tensor& dq, at::Tensor& dk, at::Tensor& dv) {
    const bool drops = draws_.share > 0;
    with_numbers<N>(in.p.scalar_type(), [&]<class T>(T*) {
      for (std::int64_t b = 0; b < n_; ++b)
        each_heads([&](std::int64_t h, std::int64_t heads) {
          const at::Tensor p = matrices(in.p, b * heads_ + h, heads, s_), d = part(dy, b, h, heads);
          at::Tensor work = matrices(work_, 0, heads, s_);
          if (drops) kernels::attention_left<T>(data<const T>(p), data<T>(work), work.numel());
          multiply<T>(dv, b, h, heads, turned(drops ? work : p), d, drops ? draws_.scale() : 1);
          aten::bmm_out(work, d, turned(part(in.v, b, h, heads)));
          scores_.heads = heads;
          kernels::attention_softmax_backward<T>(data<const T>(p), data<T>(work), scores_, draws_.scale());
          multiply<T>(dq, b, h, heads, work, part(in.k, b, h, heads), 1);
          multiply<T>(dk, b, h, heads, turned(work), part(in.q, b, h, heads), 1);
        });
    });
  }

 private:
  static constexpr std::int64_t cache = 768 << 10;  ///< bytes of a core's own that scores may take

  /// Some of one sample's heads, [heads, S, D].
  [[nodiscard]] at::Tensor part(const at::Tensor& x, std::int64_t b, std::int64_t h, std::int64_t heads) const {
    return x.as_strided({heads, s_, d_}, {d_, x.stride(1), 1}, x.storage_offset() + b * x.stride(0) + h * d_);
  }
  /// Some of many matrices of S rows that lie one behind the other. (One call of LibTorch; narrow() is three.)
  [[nodiscard]] at::Tensor matrices(const at::Tensor& x, std::int64_t first, std::int64_t count,
                                    std::int64_t columns) const {
    return x.as_strided({count, s_, columns}, {s_ * columns, columns, 1}, first * s_ * columns);
  }
  [[nodiscard]] static at::Tensor turned(const at::Tensor& x) { return x.transpose(1, 2); }
  template <class F>
  void each_heads(const F& f) const {
    for (std::int64_t h = 0; h < heads_; h += at_once_) f(h, std::min(at_once_, heads_ - h));
  }
  /// scale left right, in its place.
  template <class T>
  void multiply(at::Tensor& to, std::int64_t b, std::int64_t h, std::int64_t heads, const at::Tensor& left,
                const at::Tensor& right, double scale) const {
    at::Tensor y = matrices(product_, 0, heads, d_);
    aten::bmm_out(y, left, right);
    kernels::put_heads<T>(data<const T>(y), data<T>(to) + b * to.stride(0) + h * d_, heads, s_, d_, to.stride(1),
                          scale);
  }
  template <class F>
  static std::vector<F> hidden_of(const at::Tensor& mask, std::int64_t b) {
    if (!mask.defined()) return {};
    const bool* there = mask.const_data_ptr<bool>() + b * mask.size(1);
    std::vector<F> out(static_cast<std::size_t>(mask.size(1)));
    bool any = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = there[i] ? F(0) : static_cast<F>(kernels::hidden_score);
      any = any || !there[i];
    }
    return any ? out : std::vector<F>{};
  }

  std::int64_t n_, s_, d_, heads_, at_once_ = 1;
  at::Tensor product_, work_;
  kernels::Dropping draws_;
  kernels::Scores scores_{};
};

/// out [N, S, H]. in: q, k, v, mask; what is kept is added to it.
template <DTypeSet N>
at::Tensor attention_forward(AttentionSaved& in, const AttentionTask& task, const at::Generator* generator) {
  const at::Tensor& q = in.q;
  const bool drops = task.probability > 0, ours = has_kernels<N>(q);
  if (q.is_cpu() && !drops && q.scalar_type() != at::kHalf &&
      (!task.keeps || (q.size(1) >= fused_from && q.scalar_type() != at::kBFloat16))) {
    const at::ScalarType wide = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    auto [out, logsumexp] = aten::fused_attention(in_heads(q, task.heads), in_heads(in.k, task.heads),
                                                  in_heads(in.v, task.heads), task.causal, added_mask(in.mask, wide));
    at::Tensor y = out_of_heads(out);
    if (task.keeps) in.out = std::move(out), in.logsumexp = std::move(logsumexp);
    return y;
  }
  if (ours) {
    if (drops) in.draws = {draw_key(*generator), task.probability};
    return OwnAttention(q, task, in.draws).template forward<N>(in, task.keeps ? &in.p : nullptr);
  }
  at::Tensor p = plain_probabilities(q, in.k, in.mask, task), left = p;
  if (drops && q.is_cuda()) {
    std::tie(left, in.dropped) = aten::fused_dropout(p, 1 - task.probability, *generator);
  } else if (drops) {
    in.draws = {draw_key(*generator), task.probability};
    left = drop_counted(p, in.draws, false, p.size(3));
  }
  at::Tensor y = out_of_heads(left.matmul(in_heads(in.v, task.heads)));
  if (task.keeps) in.p = std::move(p);
  return y;
}

/// dq, dk, dv: of the shapes of q, k and v, with the last stride 1; they are written.
template <DTypeSet N>
void attention_backward(const AttentionSaved& in, const at::Tensor& dy, const AttentionTask& task, at::Tensor& dq,
                        at::Tensor& dk, at::Tensor& dv) {
  const auto into = [&](at::Tensor& to, const at::Tensor& heads) { in_heads(to, task.heads).copy_(heads); };
  if (in.logsumexp.defined()) {
    const at::ScalarType wide = in.q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const auto [gq, gk, gv] = aten::fused_attention_backward(
        in_heads(dy, task.heads), in_heads(in.q, task.heads), in_heads(in.k, task.heads), in_heads(in.v, task.heads),
        in.out, in.logsumexp, task.causal, added_mask(in.mask, wide));
    into(dq, gq), into(dk, gk), into(dv, gv);
    return;
  }
  if (has_kernels<N>(in.q)) return OwnAttention(in.q, task, in.draws).template backward<N>(in, dy, dq, dk, dv);
  const at::Tensor d = in_heads(dy, task.heads), qh = in_heads(in.q, task.heads), kh = in_heads(in.k, task.heads);
  const double up = 1 / (1 - task.probability);
  const auto thinned = [&](const at::Tensor& x) {
    if (in.dropped.defined()) return aten::masked_scale(x, in.dropped, up);
    return in.draws.share > 0 ? drop_counted(x, in.draws, false, x.size(3)) : x;
  };
  into(dv, thinned(in.p).transpose(2, 3).matmul(d));
  const at::Tensor dp = thinned(d.matmul(in_heads(in.v, task.heads).transpose(2, 3)).contiguous());
  const at::Tensor ds =
      dp.sub(dp.mul(in.p).sum(-1, true)).mul(in.p).mul(1 / std::sqrt(static_cast<double>(qh.size(3))));
  into(dq, ds.matmul(kh));
  into(dk, ds.transpose(2, 3).matmul(qh));
}

}  // namespace tuneit::detail
