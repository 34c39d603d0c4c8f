// The small network at its strongest on LibTorch: no autograd, the backward pass written out, every result in a tensor
// that is there already, below the dispatcher's autograd keys. Policies are branches decided at compile time, as if
// each loop had been written for itself.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/_log_softmax_backward_data.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/nll_loss_backward.h>
#include <ATen/ops/nll_loss_forward.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/threshold_backward.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <array>
#include <cmath>
#include <memory>
#include <numbers>

#include "bench/hand/cases.hpp"

namespace bench::hand {
namespace {

/// What each policy of the recipes means for a loop written by hand.
struct Policy {
  bool freeze = false;     ///< the first layer does not train
  bool lr_scale = false;   ///< ten times the rate for the head
  bool no_decay = false;   ///< biases do not decay
  bool schedule = false;   ///< warm-up and half a cosine
  bool smoothing = false;  ///< the target is 0.9 on the class, and 0.1 spread over all
  bool adamw = false;      ///< instead of SGD with momentum
};

constexpr int batch = 8;

/// Parameters with one rate and one decay, and their optimizer.
struct ParameterGroup {
  double rate, decay;
  std::vector<at::Tensor> parameters{}, gradients{}, momentum{}, square{}, steps{};

  void add(const at::Tensor& parameter, const at::Tensor& gradient, const at::Tensor& count) {
    parameters.push_back(parameter);
    gradients.push_back(gradient);
    momentum.push_back(at::zeros_like(parameter));
    square.push_back(at::zeros_like(parameter));
    steps.push_back(count);
  }
};

template <Policy P>
class Loop {
 public:
  static Run prepare(const std::string&) {
    auto loop = std::make_shared<Loop>();
    return [loop](long steps) {
      const at::NoGradGuard no_grad;
      const at::AutoDispatchBelowADInplaceOrView below;
      for (long i = 0; i < steps; ++i) loop->step();
    };
  }

  Loop() {
    const std::array<int, 4> widths{16, 32, 32, classes};
    groups_.push_back({P.adamw ? 1e-3 : 1e-2, P.adamw ? 1e-2 : 1e-4});
    if (P.lr_scale) groups_.push_back({1e-1, 1e-4});
    if (P.no_decay) groups_.push_back({1e-2, 0});
    for (std::size_t i = 0; i < 3; ++i) {
      Layer& l = layers_[i];
      const int in = widths[i], out = widths[i + 1];
      l.weight = at::randn({out, in}).mul_(1 / std::sqrt(in));
      l.transposed = l.weight.t();
      l.bias = at::zeros({out});
      l.result = at::empty({batch, out});
      l.slope = at::empty({batch, out});
      l.slope_transposed = l.slope.t();
      l.weight_gradient = at::empty({out, in});
      l.bias_gradient = at::empty({out});
      if (P.freeze && i == 0) continue;
      ParameterGroup& weights = P.lr_scale && i == 2 ? groups_[1] : groups_[0];
      weights.add(l.weight, l.weight_gradient, count_);
      (P.no_decay ? groups_[1] : weights).add(l.bias, l.bias_gradient, count_);
    }
    if (P.smoothing) spread_ = at::full({batch, classes}, -0.1 / (batch * classes));
  }

  void step() {
    const Batch& now = data_.next();
    // forward
    const at::Tensor* x = &now.input;
    for (std::size_t i = 0; i < 3; ++i) {
      at::addmm_out(layers_[i].result, layers_[i].bias, *x, layers_[i].transposed);
      if (i < 2) layers_[i].result.relu_();
      x = &layers_[i].result;
    }
    at::_log_softmax_out(log_probability_, *x, 1, false);
    at::nll_loss_forward_out(loss_, weight_, log_probability_, now.labels, {}, at::Reduction::Mean, -100);
    double loss = static_cast<double>(*loss_.const_data_ptr<float>());
    if constexpr (P.smoothing) {
      at::mean_out(smooth_, log_probability_, at::OptionalIntArrayRef{});
      loss = 0.9 * loss - 0.1 * static_cast<double>(*smooth_.const_data_ptr<float>());
    }
    if (!std::isfinite(loss)) std::abort();
    last_loss = loss;

    // backward
    at::nll_loss_backward_out(slope_, P.smoothing ? keep_ : one_, log_probability_, now.labels, {}, at::Reduction::Mean,
                              -100, weight_);
    if constexpr (P.smoothing) slope_.add_(spread_);
    at::_log_softmax_backward_data_out(layers_[2].slope, slope_, log_probability_, 1, at::kFloat);
    for (std::size_t i = 3; i-- > (P.freeze ? 1 : 0);) {
      Layer& l = layers_[i];
      const at::Tensor& input = i == 0 ? now.input : layers_[i - 1].result;
      at::mm_out(l.weight_gradient, l.slope_transposed, input);
      at::sum_out(l.bias_gradient, l.slope, 0);
      if (i == (P.freeze ? 1 : 0)) break;
      at::mm_out(layers_[i - 1].slope, l.slope, l.weight);
      at::threshold_backward_out(layers_[i - 1].slope, layers_[i - 1].slope, layers_[i - 1].result, 0);
    }

    // optimizer
    double factor = 1;
    if constexpr (P.schedule) factor = schedule(steps_);
    if constexpr (P.adamw) count_.add_(1);
    for (ParameterGroup& g : groups_)
      if constexpr (P.adamw)
        at::_fused_adamw_(g.parameters, g.gradients, g.momentum, g.square, {}, g.steps, g.rate, 0.9, 0.999, g.decay,
                          1e-8, false, false);
      else
        at::_fused_sgd_(g.parameters, g.gradients, g.momentum, g.decay, 0.9, factor * g.rate, 0, false, false,
                        steps_ == 0);
    ++steps_;
  }

 private:
  struct Layer {
    at::Tensor weight, transposed, bias, result, slope, slope_transposed, weight_gradient, bias_gradient;
  };

  // The recipe's: 100 steps of warm-up, then half a cosine over the rest of 1,000 epochs of 1,000 steps.
  static double schedule(long step) {
    constexpr long warmup = 100, total = 1000 * 1000;
    if (step < warmup) return static_cast<double>(step) / warmup;
    return 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(step - warmup) / (total - warmup)));
  }

  Data data_{{batch, 16}};
  std::array<Layer, 3> layers_;
  std::vector<ParameterGroup> groups_;
  at::Tensor count_ = at::zeros({}), one_ = at::ones({}), keep_ = at::full({}, 0.9), spread_;
  at::Tensor log_probability_ = at::empty({batch, classes}), slope_ = at::empty({batch, classes});
  at::Tensor loss_ = at::empty({}), smooth_ = at::empty({}), weight_ = at::empty({});
  long steps_ = 0;
};

}  // namespace

std::vector<Case> mlp() {
  constexpr long warmup = 200;
  return {{"mlp", 1, warmup, Loop<Policy{}>::prepare},
          {"mlp/freeze", 1, warmup, Loop<Policy{.freeze = true}>::prepare},
          {"mlp/lrscale", 1, warmup, Loop<Policy{.lr_scale = true}>::prepare},
          {"mlp/nodecay", 1, warmup, Loop<Policy{.no_decay = true}>::prepare},
          {"mlp/schedule", 1, warmup, Loop<Policy{.schedule = true}>::prepare},
          {"mlp/smoothing", 1, warmup, Loop<Policy{.smoothing = true}>::prepare},
          {"mlp/adamw", 1, warmup, Loop<Policy{.adamw = true}>::prepare}};
}

}  // namespace bench::hand
