// The small network with autograd: the loop that most people write in C++.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <memory>

#include "bench/hand/cases.hpp"

namespace bench::hand {
namespace {

Run prepare(const std::string&) {
  auto data = std::make_shared<Data>(std::vector<std::int64_t>{8, 16});
  std::vector<at::Tensor> parameters, momentum;
  for (const auto& [in, out] : {std::pair{16, 32}, {32, 32}, {32, 10}}) {
    parameters.push_back(at::randn({out, in}).mul_(1 / std::sqrt(in)).requires_grad_(true));
    parameters.push_back(at::zeros({out}).requires_grad_(true));
  }
  for (const at::Tensor& p : parameters) momentum.push_back(at::zeros_like(p));
  return [data, parameters, momentum, gradients = std::vector<at::Tensor>(), first = true](long steps) mutable {
    auto& p = parameters;
    for (long i = 0; i < steps; ++i) {
      const Batch& batch = data->next();
      const at::Tensor hidden = at::linear(at::linear(batch.input, p[0], p[1]).relu_(), p[2], p[3]).relu_();
      const at::Tensor loss = at::cross_entropy_loss(at::linear(hidden, p[4], p[5]), batch.labels);
      last_loss = loss.item<double>();
      if (!std::isfinite(last_loss)) std::abort();
      loss.backward();
      const at::NoGradGuard no_grad;
      gradients.clear();
      for (const at::Tensor& t : p) gradients.push_back(t.grad());
      at::_fused_sgd_(p, gradients, momentum, 1e-4, 0.9, 1e-2, 0, false, false, first);
      first = false;
      for (at::Tensor& t : p) t.mutable_grad().reset();
    }
  };
}

}  // namespace

std::vector<Case> mlp_autograd() { return {{"mlp-autograd", 1, 200, prepare}}; }

}  // namespace bench::hand
