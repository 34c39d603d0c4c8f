#pragma once
// Smooth activations in training, by ATen: those whose gradient is found from their result, and those that need their
// input.
#include <utility>

#include "tuneit/aten/activations.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/net/layers/activation.hpp"

namespace tuneit {

template <auto F, Need N>
struct Train<Sigmoid, F, N> {
  using Saved = at::Tensor;  // the result

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = detail::exclusive(x) ? aten::sigmoid_(x) : aten::sigmoid(x);
    if constexpr (N.x) saved = y;
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return aten::sigmoid_backward(std::move(dy).sum(), std::exchange(saved, {}));
  }
};

template <auto F, Need N>
struct Train<Tanh, F, N> {
  using Saved = at::Tensor;  // the result

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = detail::exclusive(x) ? aten::tanh_(x) : aten::tanh(x);
    if constexpr (N.x) saved = y;
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return aten::tanh_backward(std::move(dy).sum(), std::exchange(saved, {}));
  }
};

template <auto F, Need N>
struct Train<SiLU, F, N> {
  using Saved = at::Tensor;  // the input

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = aten::silu(x);
    if constexpr (N.x) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return aten::silu_backward(std::move(dy).sum(), std::exchange(saved, {}));
  }
};

template <class Approximation, auto F, Need N>
struct Train<GELU<Approximation>, F, N> {
  using Saved = at::Tensor;  // the input
  static constexpr const char* approximate = std::is_same_v<Approximation, Tanh> ? "tanh" : "none";

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = aten::gelu(x, approximate);
    if constexpr (N.x) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return aten::gelu_backward(std::move(dy).sum(), std::exchange(saved, {}), approximate);
  }
};

}  // namespace tuneit
