#pragma once
// Smooth activations in training, by ATen: those whose gradient is found from their result, and those that need their
// input.
#include <utility>

#include "tuneit/aten/activations.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/net/layers/activation.hpp"

namespace tuneit {

namespace detail {

/// Of which the result is kept, and written over the input where nobody else holds that.
template <class Run, Need N>
struct TrainByResult {
  using Saved = at::Tensor;  // the result

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = exclusive(x) ? Run::forward_(x) : Run::forward(x);
    if constexpr (N.x) saved = y;
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return Run::backward(std::move(dy).sum(), std::exchange(saved, {}));
  }
};
/// Of which the input is kept.
template <class Run, Need N>
struct TrainByInput {
  using Saved = at::Tensor;  // the input

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context&) {
    at::Tensor y = Run::forward(x);
    if constexpr (N.x) saved = std::move(x);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context&) {
    if constexpr (!N.x) return {};
    return Run::backward(std::move(dy).sum(), std::exchange(saved, {}));
  }
};

struct SigmoidRun {
  static at::Tensor forward(const at::Tensor& x) { return aten::sigmoid(x); }
  static at::Tensor forward_(at::Tensor& x) { return aten::sigmoid_(x); }
  static at::Tensor backward(const at::Tensor& dy, const at::Tensor& y) { return aten::sigmoid_backward(dy, y); }
};
struct TanhRun {
  static at::Tensor forward(const at::Tensor& x) { return aten::tanh(x); }
  static at::Tensor forward_(at::Tensor& x) { return aten::tanh_(x); }
  static at::Tensor backward(const at::Tensor& dy, const at::Tensor& y) { return aten::tanh_backward(dy, y); }
};
struct SiLURun {
  static at::Tensor forward(const at::Tensor& x) { return aten::silu(x); }
  static at::Tensor backward(const at::Tensor& dy, const at::Tensor& x) { return aten::silu_backward(dy, x); }
};
template <class By>
struct GELURun {
  static constexpr const char* approximate = std::is_same_v<By, Tanh> ? "tanh" : "none";
  static at::Tensor forward(const at::Tensor& x) { return aten::gelu(x, approximate); }
  static at::Tensor backward(const at::Tensor& dy, const at::Tensor& x) {
    return aten::gelu_backward(dy, x, approximate);
  }
};

template <>
struct GELURun<Quick> {
  static at::Tensor forward(const at::Tensor& x) { return aten::sigmoid(x.mul(slope)).mul_(x); }
  static at::Tensor backward(const at::Tensor& dy, const at::Tensor& x) {
    const at::Tensor s = aten::sigmoid(x.mul(slope));
    return x.mul(slope).mul_(s.neg().add_(1)).add_(1).mul_(s).mul_(dy);
  }

 private:
  static constexpr double slope = 1.702;
};

}  // namespace detail

template <auto F, Need N>
struct Train<Sigmoid, F, N> : detail::TrainByResult<detail::SigmoidRun, N> {};
template <auto F, Need N>
struct Train<Tanh, F, N> : detail::TrainByResult<detail::TanhRun, N> {};
template <auto F, Need N>
struct Train<SiLU, F, N> : detail::TrainByInput<detail::SiLURun, N> {};
template <class By, auto F, Need N>
struct Train<GELU<By>, F, N> : detail::TrainByInput<detail::GELURun<By>, N> {};

}  // namespace tuneit
