#pragma once
// Layer norm in training, by ATen, in the number type of what flows. On the CPU weights and moments stay in single
// precision beside bfloat16: ATen takes both.
#include <tuple>
#include <utility>

#include "tuneit/aten/activations.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/layers/norm.hpp"

namespace tuneit {

template <int C, auto Eps, auto F, Need N>
struct Train<LayerNorm<C, Eps>, F, N> {
  static constexpr bool weight_moves = F.trains(0), bias_moves = F.trains(1);
  struct Saved {
    at::Tensor x, mean, scale;
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    auto [y, mean, scale] =
        aten::native_layer_norm(x, beside(c.tensor(0), x), beside(c.tensor(1), x), static_cast<double>(Eps));
    if constexpr (N.x || weight_moves || bias_moves) saved = {std::move(x), std::move(mean), std::move(scale)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!N.x && !weight_moves && !bias_moves) return {};
    const at::Tensor d = std::move(dy).sum().contiguous();
    auto [dx, weight, bias] = aten::native_layer_norm_backward(
        detail::in_numbers(d, saved.x.scalar_type()), saved.x, saved.mean, saved.scale, beside(c.tensor(0), saved.x),
        beside(c.tensor(1), saved.x), {N.x, weight_moves, bias_moves});
    if constexpr (weight_moves) c.set_gradient(0, std::move(weight));
    if constexpr (bias_moves) c.set_gradient(1, std::move(bias));
    saved = {};
    return std::move(dx);
  }

 private:
  static at::Tensor beside(const at::Tensor& weight, const at::Tensor& x) {
    return x.is_cpu() ? weight : detail::in_numbers(weight, x.scalar_type());
  }
};

}  // namespace tuneit
