// Our CUDA kernels against LibTorch's operators: values, and seconds of a call of each.
#include <ATen/Functions.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/gpu/job.hpp"
#include "tuneit/aten/cuda/cross_entropy.hpp"
#include "tuneit/aten/cuda/depthwise.hpp"
#include "tuneit/aten/cuda/norm.hpp"

namespace bench::gpu {
namespace {

namespace own = tuneit::aten::cuda;

double seconds(const std::function<void()>& call) {
  const c10::impl::VirtualGuardImpl device(c10::kCUDA);
  const auto wait = [&] { device.synchronizeDevice(device.getDevice().index()); };
  constexpr int times = 20;
  for (int i = 0; i < 3; ++i) call();
  wait();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) call();
  wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / times;
}
/// The largest difference, by the largest number.
double error(const at::Tensor& got, const at::Tensor& wanted) {
  const at::Tensor a = got.to(at::kDouble), b = wanted.to(at::kDouble).reshape(a.sizes());
  return a.sub(b).abs().max().item<double>() / std::max(b.abs().max().item<double>(), 1e-30);
}
at::Tensor random(at::IntArrayRef sizes, at::ScalarType type) {
  const at::Tensor x = at::randn(sizes, at::TensorOptions(at::kFloat).device(at::kCUDA)).to(type);
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

void norm(std::vector<KernelResult>& all, const std::string& name, at::IntArrayRef sizes, at::ScalarType type) {
  const at::Tensor x = random(sizes, type), r = random(sizes, type), dy = random(sizes, type);
  const at::TensorOptions wide = at::TensorOptions(at::kFloat).device(at::kCUDA);
  const at::Tensor t[] = {at::rand({sizes[1]}, wide), at::randn({sizes[1]}, wide)};
  const auto launcher = own::norm_launcher(x, t[0]);
  if (!launcher) return all.push_back({name, "no kernel"});
  own::NormNumbers n{1e-5, 0.1, true, {}};
  n.clamp = {0, std::numeric_limits<float>::infinity()};
  at::Tensor coefficients, y;
  const at::Tensor none;
  KernelResult forward{name + " forward", ""}, backward{name + " backward", ""};
  forward.own_seconds = seconds([&] { y = own::norm_forward(*launcher, x, r, none, t, none, none, n, coefficients); });
  const at::Tensor x32 = x.to(at::kFloat);
  const auto [y32, mean, deviation] = at::native_batch_norm(x32, t[0], t[1], {}, {}, true, 0.1, 1e-5);
  forward.error = error(y, y32.add(r).relu());
  forward.aten_seconds = seconds([&] { at::batch_norm(x, t[0], t[1], {}, {}, true, 0.1, 1e-5, true).add_(r).relu_(); });
  own::NormGradients g;
  own::NormBackward b{dy, none, x, y, coefficients, none, true, true, true};
  backward.own_seconds = seconds([&] { g = own::norm_backward(*launcher, b, n); });
  const at::Tensor masked = dy.to(at::kFloat).mul(y.gt(0));
  const auto [dx, dw, db] =
      at::native_batch_norm_backward(masked, x32, t[0], {}, {}, mean, deviation, true, 1e-5, {true, true, true});
  backward.error = std::max({error(g.x, dx), error(g.weight, dw), error(g.bias, db)});
  const at::Tensor mean_of = mean, deviation_of = deviation;
  backward.aten_seconds = seconds([&] {
    at::native_batch_norm_backward(at::threshold_backward(dy, y, 0), x, t[0], {}, {}, mean_of, deviation_of, true, 1e-5,
                                   {true, true, true});
  });
  all.push_back(forward);
  all.push_back(backward);
}

void loss(std::vector<KernelResult>& all, std::int64_t rows, std::int64_t columns) {
  const at::Tensor y = random({rows, columns}, at::kFloat),
                   labels = at::randint(columns, {rows}, at::TensorOptions(at::kLong).device(at::kCUDA));
  const auto launcher = own::loss_launcher(y);
  KernelResult result{"cross-entropy", launcher ? "" : "no kernel"};
  if (launcher) {
    at::Tensor gradient, value;
    result.own_seconds =
        seconds([&] { value = own::cross_entropy(*launcher, y, labels, {}, 0, false, &gradient).loss; });
    result.aten_seconds = seconds([&] {
      const at::Tensor p = at::log_softmax(y, 1);
      static_cast<void>(at::nll_loss(p, labels));
      static_cast<void>(p.exp().scatter_add(1, labels.unsqueeze(1), at::full({rows, 1}, -1, y.options())).div_(rows));
    });
    const at::Tensor p = at::log_softmax(y, 1);
    result.error = std::max(
        error(value, at::nll_loss(p, labels)),
        error(gradient, p.exp().scatter_add(1, labels.unsqueeze(1), at::full({rows, 1}, -1, y.options())).div_(rows)));
  }
  all.push_back(result);
}

void depthwise(std::vector<KernelResult>& all, const std::string& name, at::IntArrayRef sizes, int kernel, int stride,
               at::ScalarType type) {
  const int padding = kernel / 2;
  const at::Tensor x = random(sizes, type), weight = random({sizes[1], 1, kernel, kernel}, at::kFloat).contiguous();
  const own::DepthwiseWindow w{kernel, stride, padding, padding};
  const auto launcher = own::depthwise_launcher(x, weight, w);
  if (!launcher) return all.push_back({name, "no kernel"});
  const at::Tensor low = weight.to(type);
  const auto conv = [&](const at::Tensor& from, const at::Tensor& by) {
    return at::conv2d(from, by, {}, stride, padding, 1, sizes[1]);
  };
  const auto back = [&](const at::Tensor& dy, const at::Tensor& from, const at::Tensor& by) {
    return at::convolution_backward(dy, from, by, at::OptionalIntArrayRef{}, {stride, stride}, {padding, padding},
                                    {1, 1}, false, {0, 0}, sizes[1], {true, true, false});
  };
  const at::Tensor x64 = x.to(at::kDouble), weight64 = weight.to(at::kDouble), wanted = conv(x64, weight64);
  const int height = static_cast<int>(wanted.size(2)), width = static_cast<int>(wanted.size(3));
  KernelResult forward{name + " forward", ""}, backward{name + " backward", ""};
  at::Tensor y, dx, dw;
  forward.own_seconds = seconds([&] { y = own::depthwise_forward(*launcher, x, weight, w, height, width); });
  forward.aten_seconds = seconds([&] { static_cast<void>(conv(x, low)); });
  forward.error = error(y, wanted);
  const at::Tensor dy = random(wanted.sizes(), type);
  backward.own_seconds = seconds([&] {
    dx = own::depthwise_input(*launcher, dy, x, weight, w);
    dw = own::depthwise_weight(*launcher, dy, x, weight, w);
  });
  backward.aten_seconds = seconds([&] { static_cast<void>(back(dy, x, low)); });
  const auto [dx64, dw64, none] = back(dy.to(at::kDouble), x64, weight64);
  backward.error = std::max(error(dx, dx64), error(dw, dw64));
  all.push_back(forward);
  all.push_back(backward);
}

}  // namespace

std::vector<KernelResult> kernels(int batch) {
  std::vector<KernelResult> all;
  for (const at::ScalarType type : {at::kBFloat16, at::kFloat}) {
    const std::string in = type == at::kFloat ? ", float32" : ", bfloat16";
    norm(all, "norm + add + ReLU, 256 x 56 x 56" + in, {batch, 256, 56, 56}, type);
    norm(all, "norm + add + ReLU, 2048 x 7 x 7" + in, {batch, 2048, 7, 7}, type);
    depthwise(all, "depthwise 3x3, 144 x 56 x 56" + in, {batch, 144, 56, 56}, 3, 1, type);
    depthwise(all, "depthwise 5x5 by 2, 144 x 56 x 56" + in, {batch, 144, 56, 56}, 5, 2, type);
  }
  loss(all, batch, 1000);
  return all;
}

}  // namespace bench::gpu
