#pragma once
// LibTorch's products of batches of matrices, and its fused attention on the CPU; see make.hpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_backward_ops.h>
#include <ATen/ops/_scaled_dot_product_flash_attention_for_cpu_ops.h>
#include <ATen/ops/bmm_ops.h>

#include <optional>
#include <tuple>

namespace tuneit::aten {

inline void bmm_out(at::Tensor& y, const at::Tensor& a, const at::Tensor& b) { at::_ops::bmm_out::call(a, b, y); }

/// softmax(q k^T / sqrt(D) + mask) v of [N, heads, S, D], and the logarithms of the sums. mask: [N, 1, 1, S], may be
/// undefined.
inline std::tuple<at::Tensor, at::Tensor> fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                                          bool causal, const at::Tensor& mask) {
  return at::_ops::_scaled_dot_product_flash_attention_for_cpu::call(
      q, k, v, 0, causal, mask.defined() ? std::optional<at::Tensor>(mask) : std::nullopt, std::nullopt);
}
/// Gradients of q, k and v.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> fused_attention_backward(
    const at::Tensor& dy, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& out,
    const at::Tensor& logsumexp, bool causal, const at::Tensor& mask) {
  return at::_ops::_scaled_dot_product_flash_attention_for_cpu_backward::call(
      dy, q, k, v, out, logsumexp, 0, causal, mask.defined() ? std::optional<at::Tensor>(mask) : std::nullopt,
      std::nullopt);
}

}  // namespace tuneit::aten
