// bench-kernels [BATCH]: our kernels against LibTorch's operators on channels-last tensors, at the sizes of
// EfficientNet-Lite0 and ResNet with pictures of 224 pixels.
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/threshold_backward.h>
#include <torch/types.h>
#include <tuneit/kernels/conv/depthwise.hpp>
#include <tuneit/kernels/norm/norm_backward.hpp>
#include <tuneit/kernels/pool/pooling.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include "bench/kernels/clock.hpp"

namespace {

using namespace tuneit::kernels;

template <class T>
constexpr auto dtype = std::is_same_v<T, float> ? torch::kFloat : torch::kBFloat16;
template <class T>
const char* name = std::is_same_v<T, float> ? "fp32" : "bf16";

template <class T>
T* data(const at::Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

template <class T>
at::Tensor images(std::int64_t n, int c, int h, int w) {
  return at::randn({n, c, h, w}).to(dtype<T>).contiguous(at::MemoryFormat::ChannelsLast);
}

template <class T, int K, int S>
void depthwise(std::int64_t n, int size, int c) {
  const int out = (size + S - 1) / S, pad = K / 2;
  const Depthwise g{n, size, size, c, out, out, K, S, pad, pad};
  const at::Tensor x = images<T>(n, c, size, size), dy = images<T>(n, c, out, out);
  const at::Tensor w = at::randn({c, 1, K, K}).to(dtype<T>);
  const at::Tensor taps = w.to(torch::kFloat).view({c, K * K}).t().contiguous();
  const at::Tensor y = at::empty_like(dy), dx = at::empty_like(x), dw = at::empty_like(taps);
  const Direct<T> in{data<T>(x)}, gradient{data<T>(dy)};
  const float* weights = data<float>(taps);
  char shape[64];
  std::snprintf(shape, sizeof(shape), "%dx%d s%d %dx%dx%d", K, K, S, size, size, c);
  const double x_bytes = static_cast<double>(x.numel()) * sizeof(T),
               y_bytes = static_cast<double>(y.numel()) * sizeof(T);
  const double flops = 2.0 * K * K * static_cast<double>(y.numel());

  const auto forward = bench::compare([&] { depthwise_forward<K, S>(g, in, weights, Store<T>{data<T>(y)}); },
                                      [&] { return at::conv2d(x, w, {}, S, pad, 1, c); });
  bench::print("forward", shape, name<T>, forward, x_bytes + y_bytes, flops);

  const auto sums = bench::compare([&] { depthwise_forward<K, S>(g, in, weights, Store<T>{data<T>(y)}); },
                                   [&] {
                                     ChannelSums s;
                                     depthwise_forward<K, S>(g, in, weights, StoreAndSum<T>{data<T>(y), weights, &s});
                                   });
  bench::print("  with sums (ours)", shape, name<T>, sums, x_bytes + y_bytes, 0);
  const auto normalised =
      bench::compare([&] { depthwise_forward<K, S>(g, in, weights, Store<T>{data<T>(y)}); },
                     [&] {
                       depthwise_forward<K, S>(g, Normalised<T, Activation::ReLU6>{data<T>(x), weights, weights},
                                               weights, Store<T>{data<T>(y)});
                     });
  bench::print("  normalised (ours)", shape, name<T>, normalised, x_bytes + y_bytes, 0);

  const auto backward = bench::compare(
      [&] { depthwise_backward<K, S>(g, gradient, weights, Store<T>{data<T>(dx)}, in, data<float>(dw)); },
      [&] {
        return at::convolution_backward(dy, x, w, at::OptionalIntArrayRef{}, {S, S}, {pad, pad}, {1, 1}, false, {0, 0},
                                        c, {true, true, false});
      });
  bench::print("backward", shape, name<T>, backward, 2 * x_bytes + y_bytes, 2 * flops);
}

template <class T>
void pooling(std::int64_t n, int size, int c) {
  const int out = size / 2;
  const Pooling g{n, size, size, c, out, out, 3, 2, 1, 1};
  const at::Tensor x = images<T>(n, c, size, size), dy = images<T>(n, c, out, out);
  const at::Tensor y = at::empty_like(dy), raw = at::empty_like(dy), dx = at::empty_like(x);
  const at::Tensor argmax = at::empty_like(dy, dy.options().dtype(torch::kByte)), a = at::randn({c}).to(torch::kFloat);
  const float* f = data<float>(a);
  auto* bytes = data<std::uint8_t>(argmax);
  const double x_bytes = static_cast<double>(x.numel()) * sizeof(T),
               y_bytes = static_cast<double>(y.numel()) * sizeof(T);
  const double argmax_bytes = static_cast<double>(y.numel());
  char shape[64];
  std::snprintf(shape, sizeof(shape), "3x3 s2 %dx%dx%d", size, size, c);
  const auto kept = at::max_pool2d_with_indices(x, 3, 2, 1);
  bench::print("max forward", shape, name<T>,
               bench::compare([&] { max_pool_forward(g, Direct<T>{data<T>(x)}, data<T>(y), bytes); },
                              [&] { return at::max_pool2d_with_indices(x, 3, 2, 1); }),
               x_bytes + y_bytes + argmax_bytes, 0);
  bench::print(
      "max backward", shape, name<T>,
      bench::compare([&] { max_pool_backward(g, data<T>(dy), bytes, Store<T>{data<T>(dx)}); },
                     [&] { return at::max_pool2d_with_indices_backward(dy, x, 3, 2, 1, 1, false, std::get<1>(kept)); }),
      x_bytes + y_bytes + argmax_bytes, 0);
  // against pooling alone: LibTorch would need passes of its own for batch norm and ReLU
  bench::print("stem forward", shape, name<T>,
               bench::compare(
                   [&] {
                     max_pool_forward<Activation::ReLU>(g, Normalised<T, Activation::None>{data<T>(x), f, f},
                                                        data<T>(y), bytes, data<T>(raw));
                   },
                   [&] { return at::max_pool2d_with_indices(x, 3, 2, 1); }),
               x_bytes + 2 * y_bytes + argmax_bytes, 0);
  bench::print("stem backward", shape, name<T>,
               bench::compare(
                   [&] {
                     std::vector<double> sum(static_cast<std::size_t>(c)), product(sum.size());
                     norm_reduce<T>({.dy = data<T>(dy), .x = data<T>(raw), .a = f, .b = f, .mean = f, .clamp = {0}},
                                    {.rows = n * out * out, .channels = c}, sum.data(), product.data());
                     max_pool_backward(g, data<T>(dy), bytes,
                                       StoreNormGradient<T, Activation::ReLU>{data<T>(dx), data<T>(x), f, f, f, f, f});
                   },
                   [&] {
                     const auto d = at::max_pool2d_with_indices_backward(dy, x, 3, 2, 1, 1, false, std::get<1>(kept));
                     return at::threshold_backward(d, x, 0);
                   }),
               2 * x_bytes + 3 * y_bytes + argmax_bytes, 0);
}

template <class T>
void average(std::int64_t n, int size, int c) {
  const at::Tensor x = images<T>(n, c, size, size), y = at::empty_like(at::adaptive_avg_pool2d(x, {1, 1}));
  const GlobalPooling g{n, std::int64_t{size} * size, c};
  char shape[64];
  std::snprintf(shape, sizeof(shape), "%dx%dx%d", size, size, c);
  bench::print("mean forward", shape, name<T>,
               bench::compare([&] { average_forward(g, Direct<T>{data<T>(x)}, data<T>(y)); },
                              [&] {
                                return at::adaptive_avg_pool2d(x, {1, 1});
                              }),
               static_cast<double>(x.numel()) * sizeof(T), 0);
}

template <class T>
void all(std::int64_t n) {
  depthwise<T, 3, 1>(n, 112, 32);
  depthwise<T, 3, 2>(n, 112, 96);
  depthwise<T, 3, 1>(n, 56, 144);
  depthwise<T, 5, 2>(n, 56, 144);
  depthwise<T, 5, 1>(n, 28, 240);
  depthwise<T, 3, 2>(n, 28, 240);
  depthwise<T, 3, 1>(n, 14, 480);
  depthwise<T, 5, 1>(n, 14, 480);
  depthwise<T, 5, 1>(n, 14, 672);
  depthwise<T, 5, 2>(n, 14, 672);
  depthwise<T, 5, 1>(n, 7, 1152);
  depthwise<T, 3, 1>(n, 7, 1152);
  pooling<T>(n, 112, 64);
  average<T>(n, 7, 1280);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t batch = argc > 1 ? std::atoll(argv[1]) : 32;
  const at::InferenceMode no_gradients;
  std::printf("batch %lld; %d threads; lines marked (ours) compare the plain kernel with that variant\n",
              static_cast<long long>(batch), at::get_num_threads());
  std::printf("%-18s %-24s %-5s %9s %9s %8s %7s %8s\n", "kernel", "shape", "type", "ours ms", "theirs ms", "ratio",
              "GB/s", "GFLOP/s");
  all<Bf16>(batch);
  all<float>(batch);
}
