#pragma once
// 3x3 convolutions by Winograd's algorithm, on tensors.
#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/kernels/conv/winograd.hpp"

namespace tuneit::detail {

/// The window that the algorithm is for.
inline constexpr bool is_winograd(Window w, int in, int out) {
  return w.kernel == 3 && w.stride == 1 && w.padding == 1 && w.groups == 1 && w.dilation == 1 &&
         in % kernels::Winograd::panel == 0 && out % kernels::Winograd::panel == 0;
}

inline kernels::Winograd winograd_of(const at::Tensor& x, std::int64_t out) {
  return {x.size(0), static_cast<int>(x.size(2)), static_cast<int>(x.size(3)), static_cast<int>(x.size(1)),
          static_cast<int>(out)};
}

/// Is the algorithm faster for a convolution of x with this weight (or its gradient), and are there kernels for it?
template <DTypeSet N>
bool prefers_winograd(const at::Tensor& x, std::int64_t out, bool float_weight, bool weight_gradient = false) {
  if (!float_weight || !has_kernels<N>(x)) return false;
  const kernels::Winograd g = winograd_of(x, out);
  return x.scalar_type() == at::kFloat      ? g.worthwhile<float>(weight_gradient)
         : x.scalar_type() == at::kBFloat16 ? g.worthwhile<kernels::Bf16>(weight_gradient)
                                            : false;
}

/// Calls f with a null pointer of the number type, float or Bf16.
template <DTypeSet N, class F>
void with_winograd_numbers(at::ScalarType type, const F& f) {
  with_numbers<N&(single | bfloat16)>(type, f);
}

inline at::Tensor scratch(std::int64_t floats) { return aten::empty({floats}, at::kFloat); }

/// The weight [out, in, 3, 3], single precision, at the points of the algorithm.
inline at::Tensor winograd_points(const at::Tensor& weight) {
  const kernels::Winograd g{1, 4, 4, static_cast<int>(weight.size(1)), static_cast<int>(weight.size(0))};
  const at::Tensor w = weight.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor u = scratch(kernels::winograd_weights_size(g));
  kernels::winograd_weights(g, data<const float>(w), data<float>(u));
  return u;
}

/// clamp(conv(x) + bias + add); bias (float) and add may be undefined. `y` takes the result and may be `add`.
template <DTypeSet N>
void winograd_run(const at::Tensor& x, const at::Tensor& points, const kernels::Winograd& g, const at::Tensor& bias,
                  const at::Tensor& add, kernels::Clamp clamp, const at::Tensor& y) {
  const at::Tensor work = scratch(kernels::winograd_scratch(g));
  with_winograd_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    kernels::winograd_forward<T>(
        g, data<const T>(x), data<const float>(points),
        kernels::StoreClamped<T>{data<T>(y), data<const float>(bias), data<const T>(add), static_cast<float>(clamp.low),
                                 static_cast<float>(clamp.high)},
        data<float>(work));
  });
}

inline at::Tensor like_with_channels(const at::Tensor& x, std::int64_t channels) {
  return aten::empty({x.size(0), channels, x.size(2), x.size(3)},
                     x.options().memory_format(at::MemoryFormat::ChannelsLast));
}

/// Forward in training: clamp(conv(x) + bias); bias (float) may be undefined.
template <DTypeSet N>
at::Tensor winograd_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {},
                            kernels::Clamp clamp = {}) {
  at::Tensor y = like_with_channels(x, weight.size(0));
  winograd_run<N>(x, winograd_points(weight), winograd_of(x, weight.size(0)), bias, {}, clamp, y);
  return y;
}

/// The gradient of the input.
template <DTypeSet N>
at::Tensor winograd_input_gradient(const at::Tensor& dy, const at::Tensor& weight) {
  const kernels::Winograd g = winograd_of(dy, weight.size(1)).backward();  // of the forward pass
  const at::Tensor w = weight.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor u = scratch(kernels::winograd_weights_size(g));
  kernels::winograd_weights_backward(g, data<const float>(w), data<float>(u));
  at::Tensor dx = like_with_channels(dy, weight.size(1));
  winograd_run<N>(dy, u, g.backward(), {}, {}, {}, dx);
  return dx;
}

/// The gradient of the weight, single precision.
template <DTypeSet N>
at::Tensor winograd_weight_gradient(const at::Tensor& x, const at::Tensor& dy) {
  const kernels::Winograd g = winograd_of(x, dy.size(1));
  at::Tensor dw =
      aten::empty({g.out, g.in, 3, 3}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  const at::Tensor work = scratch(kernels::winograd_gradient_scratch(g));
  with_winograd_numbers<N>(x.scalar_type(), [&]<class T>(T*) {
    kernels::winograd_gradient<T>(g, data<const T>(x), data<const T>(dy), data<float>(dw), data<float>(work));
  });
  return dw;
}

}  // namespace tuneit::detail
