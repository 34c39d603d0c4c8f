// Our kernels against LibTorch's operators, forward and backward.
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/randn.h>
#include <torch/types.h>
#include <catch2/catch.hpp>
#include <tuneit/kernels/conv/depthwise.hpp>
#include <tuneit/kernels/pool/pooling.hpp>

using namespace tuneit::kernels;

namespace {

template <class T>
constexpr auto dtype = std::is_same_v<T, float>    ? torch::kFloat
                       : std::is_same_v<T, double> ? torch::kDouble
                                                   : torch::kBFloat16;

template <class T>
at::Tensor images(std::int64_t n, int c, int h, int w) {
  return at::randn({n, c, h, w}).to(dtype<T>).contiguous(at::MemoryFormat::ChannelsLast);
}

template <class T>
T* data(const at::Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

/// The largest difference, in units of the largest number.
double difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(torch::kDouble), y = b.to(torch::kDouble);
  return ((x - y).abs().max() / y.abs().max()).item<double>();
}

template <class T>
constexpr double exact = std::is_same_v<T, double>  ? 1e-13
                         : std::is_same_v<T, float> ? 1e-5
                                                    : 1e-2;

template <class T, int K, int S>
void depthwise(int h, int w, int c) {
  using F = Compute<T>;
  const int pad = K / 2, oh = (h + S - 1) / S, ow = (w + S - 1) / S;
  const Depthwise g{3, h, w, c, oh, ow, K, S, pad, pad};
  const at::Tensor x = images<T>(3, c, h, w), dy = images<T>(3, c, oh, ow),
                   weight = at::randn({c, 1, K, K}).to(dtype<T>);
  const at::Tensor taps = weight.to(dtype<F>).view({c, K * K}).t().contiguous();
  const at::Tensor y = at::empty_like(dy), dx = at::empty_like(x), dw = at::empty_like(taps);
  depthwise_forward<K, S>(g, Direct<T>{data<T>(x)}, data<F>(taps), Store<T>{data<T>(y)});
  depthwise_backward<K, S>(g, Direct<T>{data<T>(dy)}, data<F>(taps), Store<T>{data<T>(dx)}, Direct<T>{data<T>(x)},
                           data<F>(dw));
  // in double precision: what LibTorch rounds on its way depends on the processor
  const at::Tensor xd = x.to(at::kDouble), dyd = dy.to(at::kDouble), wd = weight.to(at::kDouble);
  const auto [gx, gw, none] = at::convolution_backward(dyd, xd, wd, at::OptionalIntArrayRef{}, {S, S}, {pad, pad},
                                                       {1, 1}, false, {0, 0}, c, {true, true, false});
  CAPTURE(K, S, h, w, c);
  CHECK(difference(y, at::conv2d(xd, wd, {}, S, pad, 1, c)) < exact<T>);
  CHECK(difference(dx, gx) < exact<T>);
  CHECK(difference(dw, gw.view({c, K * K}).t()) < exact<T>);
}

}  // namespace

TEMPLATE_TEST_CASE("our depthwise convolution is LibTorch's", "", float, double, Bf16) {
  depthwise<TestType, 3, 1>(19, 14, 33);
  depthwise<TestType, 5, 2>(14, 14, 96);
}

TEMPLATE_TEST_CASE("our pooling is LibTorch's", "", float, double, Bf16) {
  using T = TestType;
  at::Tensor x = images<T>(2, 70, 15, 16), dy = images<T>(2, 70, 8, 8);
  x = (x * 2).round();  // many equal numbers
  x[1][3][4][5] = std::numeric_limits<double>::quiet_NaN();
  const Pooling g{2, 15, 16, 70, 8, 8, 3, 2, 1, 1};
  const at::Tensor y = at::empty_like(dy), dx = at::empty_like(x), bytes = at::empty_like(dy, torch::kByte);
  max_pool_forward(g, Direct<T>{data<T>(x)}, data<T>(y), data<std::uint8_t>(bytes));
  max_pool_backward(g, data<T>(dy), data<std::uint8_t>(bytes), Store<T>{data<T>(dx)});
  const auto [expected, where] = at::max_pool2d_with_indices(x, 3, 2, 1);
  CHECK(y.nan_to_num(-1e9).equal(expected.nan_to_num(-1e9)));
  CHECK(difference(dx, at::max_pool2d_with_indices_backward(dy, x, 3, 2, 1, 1, false, where)) < exact<T>);

  const at::Tensor z = images<T>(3, 70, 7, 7), mean = at::adaptive_avg_pool2d(z, {1, 1}), ours = at::empty_like(mean);
  average_forward(GlobalPooling{3, 49, 70}, Direct<T>{data<T>(z)}, data<T>(ours));
  CHECK(difference(ours, mean) < exact<T>);
}
