// ResNet-18 as an engineer writes it by hand for speed: channels-last, operators of at::, autograd, one fused call for
// the optimizer, autocast for bfloat16; frozen stages in evaluation and outside autograd.
#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "bench/hand/cases.hpp"

namespace bench::hand {
namespace {

struct Autocast {
  Autocast() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
};

at::Tensor conv_weight(int in, int out, int kernel) {
  return at::randn({out, in, kernel, kernel})
      .mul_(std::sqrt(2.0 / (out * kernel * kernel)))
      .contiguous(at::MemoryFormat::ChannelsLast);
}

struct ConvNorm {
  at::Tensor weight, scale, shift, mean, var;
  int stride, padding;

  ConvNorm(int in, int out, int kernel, int strides)
      : weight(conv_weight(in, out, kernel)),
        scale(at::ones({out})),
        shift(at::zeros({out})),
        mean(at::zeros({out})),
        var(at::ones({out})),
        stride(strides),
        padding(kernel / 2) {}
  at::Tensor operator()(const at::Tensor& x, bool training) const {
    const at::Tensor y = at::conv2d(x, weight, {}, stride, padding);
    return at::batch_norm(y, scale, shift, mean, var, training, 0.1, 1e-5, true);
  }
  void collect(std::vector<at::Tensor>& to) const { to.insert(to.end(), {weight, scale, shift}); }
};

struct BasicBlock {
  ConvNorm first, second;
  std::optional<ConvNorm> shortcut;

  BasicBlock(int in, int out, int stride) : first(in, out, 3, stride), second(out, out, 3, 1) {
    if (stride != 1 || in != out) shortcut.emplace(in, out, 1, stride);
  }
  at::Tensor operator()(const at::Tensor& x, bool training) const {
    at::Tensor y = second(first(x, training).relu_(), training);
    y.add_(shortcut ? (*shortcut)(x, training) : x);
    return y.relu_();
  }
  void collect(std::vector<at::Tensor>& to) const {
    first.collect(to);
    second.collect(to);
    if (shortcut) shortcut->collect(to);
  }
};

struct Net {
  ConvNorm stem{3, 64, 7, 2};
  std::array<std::array<BasicBlock, 2>, 4> layers{{{BasicBlock(64, 64, 1), BasicBlock(64, 64, 1)},
                                                   {BasicBlock(64, 128, 2), BasicBlock(128, 128, 1)},
                                                   {BasicBlock(128, 256, 2), BasicBlock(256, 256, 1)},
                                                   {BasicBlock(256, 512, 2), BasicBlock(512, 512, 1)}}};
  at::Tensor weight = at::randn({classes, 512}).mul_(0.02), bias = at::zeros({classes});

  // The stem and the first `end` of the layers from `begin` on.
  [[nodiscard]] at::Tensor stages(at::Tensor x, std::size_t begin, std::size_t end, bool training) const {
    if (begin == 0) x = at::max_pool2d(stem(x, training).relu_(), 3, 2, 1);
    for (std::size_t i = begin; i < end; ++i)
      for (const BasicBlock& block : layers[i]) x = block(x, training);
    return x;
  }
  [[nodiscard]] at::Tensor head(const at::Tensor& x) const { return at::linear(x.mean({2, 3}), weight, bias); }
  /// Parameters of the layers from `first` on, and the stem's if that is 0.
  [[nodiscard]] std::vector<at::Tensor> parameters(std::size_t first) const {
    std::vector<at::Tensor> all;
    if (first == 0) stem.collect(all);
    for (std::size_t i = first; i < layers.size(); ++i)
      for (const BasicBlock& block : layers[i]) block.collect(all);
    all.insert(all.end(), {weight, bias});
    return all;
  }
};

// Frozen: the stem and so many layers; 0: nothing. Kept: what these make of each batch is computed once.
template <bool Bf16, std::size_t Frozen, bool Kept = false>
Run train(const std::string&) {
  auto data = std::make_shared<Data>(pictures());
  before_model();
  auto net = std::make_shared<Net>();
  std::vector<at::Tensor> parameters = net->parameters(Frozen), momentum;
  for (const at::Tensor& p : parameters) {
    p.requires_grad_(true);
    momentum.push_back(at::zeros_like(p));
  }
  std::vector<Batch> kept;
  if constexpr (Kept) {
    const at::NoGradGuard no_grad;
    std::optional<Autocast> autocast;
    if constexpr (Bf16) autocast.emplace();
    for (const Batch& batch : data->all()) kept.push_back({net->stages(batch.input, 0, Frozen, false), batch.labels});
  }
  return [data = Kept ? std::make_shared<Data>(kept) : data, net, parameters, momentum,
          gradients = std::vector<at::Tensor>(), first = true](long steps) mutable {
    for (long i = 0; i < steps; ++i) {
      const Batch& batch = data->next();
      at::Tensor logits;
      {
        std::optional<Autocast> autocast;
        if constexpr (Bf16) autocast.emplace();
        at::Tensor x = batch.input;
        if constexpr (Frozen > 0 && !Kept) {
          const at::NoGradGuard no_grad;
          x = net->stages(x, 0, Frozen, false);
        }
        logits = net->head(net->stages(x, Frozen, 4, true));
      }
      const at::Tensor loss = at::cross_entropy_loss(logits.to(at::kFloat), batch.labels);
      last_loss = loss.item<double>();
      if (!std::isfinite(last_loss)) std::abort();
      loss.backward();
      const at::NoGradGuard no_grad;
      gradients.clear();
      for (const at::Tensor& p : parameters) gradients.push_back(p.grad());
      at::_fused_sgd_(parameters, gradients, momentum, 1e-4, 0.9, 1e-2, 0, false, false, first);
      first = false;
      for (at::Tensor& p : parameters) p.mutable_grad().reset();
    }
  };
}

template <bool Bf16>
Run inference(const std::string&) {
  auto data = std::make_shared<Data>(pictures());
  before_model();
  const c10::InferenceMode inference_mode;
  auto net = std::make_shared<Net>();
  return [data, net](long steps) {
    const c10::InferenceMode mode;
    std::optional<Autocast> autocast;
    if constexpr (Bf16) autocast.emplace();
    for (long i = 0; i < steps; ++i) (void)net->head(net->stages(data->next().input, 0, 4, false));
  };
}

}  // namespace

std::vector<Case> resnet() {
  return {{"train-fp32", 2, 2, train<false, 0>},
          {"train-bf16", 2, 2, train<true, 0>},
          {"freeze-fp32", 2, 2, train<false, 2>},
          {"freeze-bf16", 2, 2, train<true, 2>},
          {"freeze-cached-fp32", 2, 2, train<false, 2, true>},
          {"freeze-cached-bf16", 2, 2, train<true, 2, true>},
          {"inference-fp32", 2, 3, inference<false>},
          {"inference-bf16", 2, 3, inference<true>}};
}

}  // namespace bench::hand
