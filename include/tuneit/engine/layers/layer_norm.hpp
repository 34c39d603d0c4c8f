#pragma once
// Layer norm and group norm in training, by ATen, in the number type of what flows. On the CPU weights and moments stay
// in single precision beside bfloat16: ATen takes both.
#include <tuple>
#include <utility>

#include "tuneit/aten/activations.hpp"
#include "tuneit/aten/spatial.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/layers/norm.hpp"

namespace tuneit {

namespace detail {

/// A weight as ATen wants it beside x.
inline at::Tensor beside(const at::Tensor& weight, const at::Tensor& x) {
  return x.is_cpu() ? weight : in_numbers(weight, x.scalar_type());
}

}  // namespace detail

namespace detail {

/// As ATen's group norm takes it: on the CPU channels-last, too, on a device planes of channels alone.
inline at::Tensor for_group_norm(const at::Tensor& x) { return x.is_cpu() ? channels_last(x) : x.contiguous(); }

}  // namespace detail

template <int Groups, int C, auto Eps, auto F, Need N>
struct Train<GroupNorm<Groups, C, Eps>, F, N> {
  static constexpr bool weight_moves = F.trains(0), bias_moves = F.trains(1);
  struct Saved {
    at::Tensor x, mean, scale;
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    x = detail::for_group_norm(x);
    auto [y, mean, scale] = aten::native_group_norm(x, detail::beside(c.tensor(0), x), detail::beside(c.tensor(1), x),
                                                    Groups, static_cast<double>(Eps));
    if constexpr (N.x || weight_moves || bias_moves) saved = {std::move(x), std::move(mean), std::move(scale)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!N.x && !weight_moves && !bias_moves) return {};
    const at::Tensor d = detail::for_group_norm(detail::in_numbers(std::move(dy).sum(), saved.x.scalar_type()));
    auto [dx, weight, bias] =
        aten::native_group_norm_backward(d, saved.x, saved.mean, saved.scale, detail::beside(c.tensor(0), saved.x),
                                         Groups, {N.x, weight_moves, bias_moves});
    if constexpr (weight_moves) c.set_gradient(0, std::move(weight));
    if constexpr (bias_moves) c.set_gradient(1, std::move(bias));
    saved = {};
    return std::move(dx);
  }
};

template <int C, auto Eps, auto F, Need N>
struct Train<LayerNorm<C, Eps>, F, N> {
  static constexpr bool weight_moves = F.trains(0), bias_moves = F.trains(1);
  struct Saved {
    at::Tensor x, mean, scale;
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    auto [y, mean, scale] = aten::native_layer_norm(x, detail::beside(c.tensor(0), x), detail::beside(c.tensor(1), x),
                                                    static_cast<double>(Eps));
    if constexpr (N.x || weight_moves || bias_moves) saved = {std::move(x), std::move(mean), std::move(scale)};
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (!N.x && !weight_moves && !bias_moves) return {};
    const at::Tensor d = std::move(dy).sum().contiguous();
    auto [dx, weight, bias] = aten::native_layer_norm_backward(
        detail::in_numbers(d, saved.x.scalar_type()), saved.x, saved.mean, saved.scale,
        detail::beside(c.tensor(0), saved.x), detail::beside(c.tensor(1), saved.x), {N.x, weight_moves, bias_moves});
    if constexpr (weight_moves) c.set_gradient(0, std::move(weight));
    if constexpr (bias_moves) c.set_gradient(1, std::move(bias));
    saved = {};
    return std::move(dx);
  }
};

}  // namespace tuneit
