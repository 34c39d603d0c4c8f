// ResNet-18 with products of rank 8 beside all its 3x3 convolutions; and the parts of such a step: the frozen network,
// through which the gradient flows to its beginning, and the same products by LibTorch, beside nothing.
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/randn.h>

#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

using Convs = Intersect<Modules<"conv1", "conv2">, Layers<1, 5>>;
template <class... Ps>
using On18 = Finetune<ResNet18, ReplaceHead<classes>, Optimizer, Ps..., Precision<FP32>>;

Run lora(const std::string&) { return train<On18<Lora<Convs, Rank<8>, Alpha<16>>>>(pictures()); }

/// Forward, and the gradients of both factors and of x.
struct Product {
  at::Tensor x, a, b;
  std::int64_t stride;
  void run() const {
    const auto back = [](const at::Tensor& dy, const at::Tensor& in, const at::Tensor& w, std::int64_t s,
                         std::int64_t pad) {
      return at::convolution_backward(dy, in, w, std::nullopt, {s, s}, {pad, pad}, {1, 1}, false, {0, 0}, 1,
                                      {true, true, false});
    };
    const at::Tensor low = at::conv2d(x, a, {}, stride, 1), y = at::conv2d(low, b);
    const at::Tensor dlow = std::get<0>(back(y, low, b, 1, 0));
    (void)back(dlow, x, a, stride, 1);
  }
};

Run parts(const std::string&) {
  const Data data = pictures();
  const at::Tensor& first = data.all().front().input;
  const std::int64_t n = first.size(0), side = first.size(2);
  std::vector<Product> products;
  const auto add = [&](std::int64_t in, std::int64_t out, std::int64_t reduced, std::int64_t stride) {
    const auto last = at::MemoryFormat::ChannelsLast;
    products.push_back({at::randn({n, in, side / reduced, side / reduced}).contiguous(last),
                        at::randn({8, in, 3, 3}).contiguous(last), at::randn({out, 8, 1, 1}).contiguous(last), stride});
  };
  for (int i = 0; i < 4; ++i) add(64, 64, 4, 1);
  for (const std::int64_t out : {128, 256, 512}) {
    const std::int64_t reduced = 4 * (out / 64);
    add(out / 2, out, reduced / 2, 2);
    for (int i = 0; i < 3; ++i) add(out, out, reduced, 1);
  }
  const Run frozen = train<On18<Freeze<Except<Union<Head, Layer<"bn1">>>>>>(data);
  return [products, frozen](long steps) {
    for (long i = 0; i < steps; ++i) {
      frozen(1);
      const at::NoGradGuard no_grad;
      for (const Product& p : products) p.run();
    }
  };
}

}  // namespace

std::vector<Case> resnet_lora() { return {{"lora-fp32", 2, 2, lora}, {"lora-parts-fp32", 2, 2, parts}}; }

}  // namespace bench::ours
