#pragma once
// Attention by hand below autograd. On the CPU by products of one sample after the other, whose scores stay in the
// cache, and our own softmax; for long sequences without dropout, and where nothing is kept, by ATen's fused operator.
#include <ATen/core/Tensor.h>

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

class OwnAttention {
 public:
  OwnAttention(const at::Tensor& q, const AttentionTask& task, const kernels::Dropping& draws)
      : n_(q.size(0)), s_(q.size(1)), d_(q.size(2) / task.heads), heads_(task.heads), draws_(draws) {
    scores_ = {heads_, s_, task.causal, 1 / std::sqrt(static_cast<double>(d_)), 0};
  }

  template <DTypeSet N>
  at::Tensor forward(const AttentionSaved& in, at::Tensor* p) {
    at::Tensor out = aten::empty({n_, s_, heads_ * d_}, in.q.options());
    at::Tensor all = p != nullptr ? aten::empty({n_, heads_, s_, s_}, in.q.options()) : at::Tensor();
    at::Tensor one = p == nullptr ? aten::empty({heads_, s_, s_}, in.q.options()) : at::Tensor();
    const at::Tensor left = draws_.share > 0 ? aten::empty({heads_, s_, s_}, in.q.options()) : at::Tensor();
    for (std::int64_t b = 0; b < n_; ++b) {
      at::Tensor s = p != nullptr ? all.select(0, b) : one;
      aten::bmm_out(s, sample(in.q, b), sample(in.k, b).transpose(1, 2));
      with_numbers<N>(in.q.scalar_type(), [&]<class T>(T*) {
        const auto hidden = hidden_of<kernels::Compute<T>>(in.mask, b);
        scores_.first_row = b * heads_ * s_;
        kernels::attention_softmax<T>(data<T>(s), data<T>(left), hidden.empty() ? nullptr : hidden.data(), scores_,
                                      draws_);
      });
      at::Tensor y = sample(out, b);
      aten::bmm_out(y, draws_.share > 0 ? left : s, sample(in.v, b));
    }
    if (draws_.share > 0) out.mul_(draws_.scale());
    if (p != nullptr) *p = std::move(all);
    return out;
  }

  template <DTypeSet N>
  void backward(const AttentionSaved& in, const at::Tensor& dy, at::Tensor& dq, at::Tensor& dk, at::Tensor& dv) {
    const at::Tensor work = aten::empty({heads_, s_, s_}, in.q.options());
    for (std::int64_t b = 0; b < n_; ++b) {
      const at::Tensor p = in.p.select(0, b), d = sample(dy, b);
      at::Tensor g = work, gq = sample(dq, b), gk = sample(dk, b), gv = sample(dv, b);
      if (draws_.share > 0)
        with_numbers<N>(p.scalar_type(), [&]<class T>(T*) {
          kernels::attention_left<T>(data<const T>(p), data<T>(work), work.numel());
        });
      aten::bmm_out(gv, (draws_.share > 0 ? work : p).transpose(1, 2), d);
      aten::bmm_out(g, d, sample(in.v, b).transpose(1, 2));
      with_numbers<N>(p.scalar_type(), [&]<class T>(T*) {
        kernels::attention_softmax_backward<T>(data<const T>(p), data<T>(work), scores_, draws_.scale());
      });
      aten::bmm_out(gq, work, sample(in.k, b));
      aten::bmm_out(gk, work.transpose(1, 2), sample(in.q, b));
    }
    if (draws_.share > 0) dv.mul_(draws_.scale());
  }

 private:
  /// One sample's heads, [heads, S, D].
  [[nodiscard]] at::Tensor sample(const at::Tensor& x, std::int64_t b) const {
    return x.as_strided({heads_, s_, d_}, {d_, x.stride(1), 1}, x.storage_offset() + b * x.stride(0));
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

  std::int64_t n_, s_, d_, heads_;
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
