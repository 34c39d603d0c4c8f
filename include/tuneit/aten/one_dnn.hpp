#pragma once
// oneDNN's convolution with a tail (bias, addition, activation in one go). LibTorch registers it without an at:: name;
// to call it through the dispatcher costs 1.3 s of headers and as much again of generated code. Its C interface, which
// is stable, has it: a handle there is a pointer to a tensor.
#include <ATen/core/Tensor.h>
#include <ATen/ops/mkldnn_reorder_conv2d_weight_ops.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <memory>
#include <utility>

// As in torch/csrc/inductor/aoti_torch/c/shim_cpu.h (0.4 s), but weak: null where LibTorch was built without oneDNN.
struct AtenTensorOpaque;
using AtenTensorHandle = AtenTensorOpaque*;
using AOTITorchError = std::int32_t;
extern "C" {
[[gnu::weak]] AOTITorchError aoti_torch_cpu_mkldnn__convolution_pointwise(
    AtenTensorHandle x, AtenTensorHandle weight, AtenTensorHandle* bias, const std::int64_t* padding,
    std::int64_t padding_size, const std::int64_t* stride, std::int64_t stride_size, const std::int64_t* dilation,
    std::int64_t dilation_size, std::int64_t groups, const char* tail, const double** scalars,
    std::int64_t scalars_size, const char** algorithm, AtenTensorHandle* result);
[[gnu::weak]] AOTITorchError aoti_torch_cpu_mkldnn__convolution_pointwise_binary_(
    AtenTensorHandle other, AtenTensorHandle x, AtenTensorHandle weight, AtenTensorHandle* bias,
    const std::int64_t* padding, std::int64_t padding_size, const std::int64_t* stride, std::int64_t stride_size,
    const std::int64_t* dilation, std::int64_t dilation_size, std::int64_t groups, const char* binary, double* alpha,
    const char** tail, const double** scalars, std::int64_t scalars_size, const char** algorithm,
    AtenTensorHandle* result);
}

namespace tuneit::aten {

/// A convolution of oneDNN's: `weight` packed, bias may be undefined; [rows, columns] each.
struct OneDnnConv {
  const at::Tensor &weight, &bias;
  std::int64_t stride[2], padding[2], groups;
};

inline bool has_one_dnn() {
  return aoti_torch_cpu_mkldnn__convolution_pointwise != nullptr &&
         aoti_torch_cpu_mkldnn__convolution_pointwise_binary_ != nullptr;
}

/// A weight in the order that oneDNN likes best.
inline at::Tensor one_dnn_weight(const at::Tensor& weight, at::IntArrayRef stride, std::int64_t groups) {
  return at::_ops::mkldnn_reorder_conv2d_weight::call(weight.to_mkldnn(), c10::fromIntArrayRefSlow({0, 0}),
                                                      c10::fromIntArrayRefSlow(stride),
                                                      c10::fromIntArrayRefSlow({1, 1}), groups, std::nullopt);
}

namespace detail {

inline AtenTensorHandle handle(const at::Tensor& t) {
  return reinterpret_cast<AtenTensorHandle>(const_cast<at::Tensor*>(&t));
}
/// Takes over what a call of the C interface returns.
inline at::Tensor taken(AOTITorchError error, AtenTensorHandle result) {
  TORCH_CHECK(error == 0, "tuneit: oneDNN's convolution failed");
  const std::unique_ptr<at::Tensor> owner(reinterpret_cast<at::Tensor*>(result));
  return std::move(*owner);
}

inline constexpr std::int64_t no_dilation[2] = {1, 1};

}  // namespace detail

/// tail(conv(x)); tail: "none", "relu", or "hardtanh" from low to high.
inline at::Tensor one_dnn_conv(const at::Tensor& x, const OneDnnConv& c, const char* tail, double low, double high) {
  AtenTensorHandle bias = detail::handle(c.bias), result = nullptr;
  const double* scalars[] = {&low, &high};
  const AOTITorchError error = aoti_torch_cpu_mkldnn__convolution_pointwise(
      detail::handle(x), detail::handle(c.weight), c.bias.defined() ? &bias : nullptr, c.padding, 2, c.stride, 2,
      detail::no_dilation, 2, c.groups, tail, scalars, tail[0] == 'h' ? 2 : 0, nullptr, &result);
  return detail::taken(error, result);
}

/// sum = conv(x) + sum, then a ReLU if there is to be one.
inline at::Tensor one_dnn_conv_add(const at::Tensor& sum, const at::Tensor& x, const OneDnnConv& c, bool relu) {
  AtenTensorHandle bias = detail::handle(c.bias), result = nullptr;
  double alpha = 1;
  const char* tail = "relu";
  const AOTITorchError error = aoti_torch_cpu_mkldnn__convolution_pointwise_binary_(
      detail::handle(sum), detail::handle(x), detail::handle(c.weight), c.bias.defined() ? &bias : nullptr, c.padding,
      2, c.stride, 2, detail::no_dilation, 2, c.groups, "add", &alpha, relu ? &tail : nullptr, nullptr, 0, nullptr,
      &result);
  return detail::taken(error, result);
}

}  // namespace tuneit::aten
