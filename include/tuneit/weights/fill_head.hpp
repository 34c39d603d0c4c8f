#pragma once
// The initialisers of new linear layers, recipe/policies/initialisers.hpp, on tensors: torch.nn.init's formulas, from a
// generator of one's own.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/linalg_qr_ops.h>
#include <ATen/ops/where_ops.h>

#include <cmath>
#include <tuple>

#include "tuneit/aten/make.hpp"
#include "tuneit/recipe/policies/initialisers.hpp"

namespace tuneit::detail {

inline void fill_head(DefaultInit, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  const double bound = 1 / std::sqrt(static_cast<double>(weight.size(1)));
  weight.uniform_(-bound, bound, g);
  if (bias.defined()) bias.uniform_(-bound, bound, g);
}
inline void fill_head(XavierUniform, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  const double bound = std::sqrt(6.0 / static_cast<double>(weight.size(0) + weight.size(1)));
  fill_head(DefaultInit{}, weight, bias, g);
  weight.uniform_(-bound, bound, g);
}
inline void fill_head(XavierNormal, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  fill_head(DefaultInit{}, weight, bias, g);
  weight.normal_(0, std::sqrt(2.0 / static_cast<double>(weight.size(0) + weight.size(1))), g);
}
inline void fill_head(KaimingUniform, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  const double bound = std::sqrt(6.0 / static_cast<double>(weight.size(1)));
  fill_head(DefaultInit{}, weight, bias, g);
  weight.uniform_(-bound, bound, g);
}
inline void fill_head(KaimingNormal, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  fill_head(DefaultInit{}, weight, bias, g);
  weight.normal_(0, std::sqrt(2.0 / static_cast<double>(weight.size(1))), g);
}
// As torch.nn.init.orthogonal_: Q of a normal matrix, with the signs that make it uniform among the orthogonal ones.
inline void fill_head(Orthogonal, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  const bool wide = weight.size(0) < weight.size(1);
  const at::Tensor normal = aten::empty(weight.sizes(), weight.options()).normal_(0, 1, g);
  const auto [q, r] = at::_ops::linalg_qr::call(wide ? normal.t() : normal, "reduced");
  const at::Tensor signs = q.mul(r.diagonal().sign());
  weight.copy_(wide ? signs.t() : signs);
  if (!bias.defined()) return;
  const double bound = 1 / std::sqrt(static_cast<double>(weight.size(1)));
  bias.uniform_(-bound, bound, g);
}
// As torch.nn.init.trunc_normal_(weight, 0, Std, -2 Std, 2 Std): what lies outside is drawn again.
template <auto Std>
void fill_head(TruncatedNormal<Std>, at::Tensor& weight, at::Tensor& bias, const at::Generator& g) {
  constexpr double std = TruncatedNormal<Std>::std;
  weight.normal_(0, std, g);
  for (;;) {
    const at::Tensor outside = weight.abs().gt(2 * std);
    if (!outside.any().item<bool>()) break;
    weight.copy_(at::_ops::where_self::call(outside, aten::empty_like(weight).normal_(0, std, g), weight));
  }
  if (bias.defined()) bias.zero_();
}
inline void fill_head(Zeros, at::Tensor& weight, at::Tensor& bias, const at::Generator&) {
  weight.zero_();
  if (bias.defined()) bias.zero_();
}

}  // namespace tuneit::detail
