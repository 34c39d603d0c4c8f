#pragma once
// What is a convolution asked in training, and how are depthwise ones done on a device, by kernels of our own?
#include <utility>

#include "tuneit/aten/cuda/depthwise.hpp"
#include "tuneit/engine/layers/activation.hpp"
#include "tuneit/engine/layers/window.hpp"
#include "tuneit/net/operations.hpp"

namespace tuneit::detail {

struct ConvSaved {
  at::Tensor x, weight;  ///< x as the convolution saw it: padded where both sides differ
  at::Tensor y;          ///< behind an activation
  Margins margins{};
  bool by_winograd = false;

  ConvSaved() = default;
  ConvSaved(const ConvSaved&) = delete;
  ConvSaved& operator=(const ConvSaved&) = delete;
  [[gnu::noinline]] ~ConvSaved() = default;  // out of line, as clear(): a network has many
  [[gnu::noinline]] void clear() {
    x.reset();
    weight.reset();
    y.reset();
    by_winograd = false;
  }
};

/// A convolution in training, at run time: one function for those of all sizes, which would be a second of compile time
/// for a ResNet-18 otherwise.
struct ConvTask {
  Window window{1};
  bool has_bias = false, need_input = false, weight_moves = false, bias_moves = false, activates = false;
  kernels::Clamp clamp{};
  [[nodiscard]] constexpr bool keeps() const { return need_input || weight_moves || bias_moves; }
};

/// Is there a kernel of ours for a depthwise convolution on a device?
constexpr bool is_depthwise_on_device(Window w, int in, int out) {
  return w.groups == in && in == out && w.dilation == 1 && (w.kernel == 3 || w.kernel == 5) &&
         (w.stride == 1 || w.stride == 2);
}
inline aten::cuda::DepthwiseWindow on_device(const kernels::Depthwise& g) { return {g.k, g.stride, g.top, g.left}; }

/// conv_train_forward of such a one without bias; undefined: our kernels do not fit.
[[gnu::noinline]] inline at::Tensor depthwise_on_device(const at::Tensor& x, const at::Tensor* t, const ConvTask& task,
                                                        ConvSaved& saved) {
  const kernels::Depthwise g = window_geometry(x, task.window);
  const auto own = aten::cuda::depthwise_launcher(x, t[0], on_device(g));
  if (!own) return {};
  const at::Tensor dense = aten::cuda::for_kernels(x);
  at::Tensor y = aten::cuda::depthwise_forward(*own, dense, t[0], on_device(g), g.out_h, g.out_w);
  y = activate_(std::move(y), task.clamp);
  if (task.keeps()) saved.x = dense;
  if (task.activates && task.keeps()) saved.y = y;
  return y;
}

/// conv_train_backward of it.
[[gnu::noinline]] inline at::Tensor depthwise_back_on_device(at::Tensor d, const at::Tensor* t, at::Tensor* g,
                                                             const ConvTask& task, ConvSaved& saved) {
  const at::Tensor x = std::move(saved.x);
  const aten::cuda::DepthwiseWindow w = on_device(window_geometry(x, task.window));
  const auto own = aten::cuda::depthwise_launcher(x, t[0], w);
  TORCH_CHECK(own, "tuneit: the kernels of a convolution were there forward, and are not there backward");
  if (task.activates) d = activation_backward(d, std::exchange(saved.y, {}), task.clamp);
  d = aten::cuda::for_kernels(d);
  at::Tensor dx;
  if (task.need_input) dx = aten::cuda::depthwise_input(*own, d, x, t[0], w);
  if (task.weight_moves) g[0] = aten::cuda::depthwise_weight(*own, d, x, t[0], w);
  saved.clear();
  return dx;
}

}  // namespace tuneit::detail
