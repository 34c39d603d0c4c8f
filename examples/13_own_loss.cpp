// A loss of one's own that brings its gradient, and has a number that can be changed at run time. Recorded by autograd:
// 14_own_loss_recorded.cpp.
#include <ATen/ops/randn.h>
#include <tuneit/engine/loss/check_loss.hpp>
#include <tuneit/train.hpp>

#include <cmath>
#include <cstdio>

using namespace tuneit;

// log cosh(scale d) of a difference d: squared near the target, absolute far from it. What it is needs no LibTorch.
struct LogCosh : Loss<LogCosh> {
  using targets = Values<0>;  // as many as outputs
  static constexpr std::array numbers{Hyperparameter{.name = "log-cosh-scale", .value = 1, .open = true}};
  static constexpr bool fits(Shape) { return true; }
};

template <>
struct tuneit::LossRun<LogCosh> {
  static at::Tensor run(const at::Tensor& y, const Targets& t, const Numbers<LogCosh>& n, at::Tensor* gradient) {
    const at::Tensor d = y.sub(t.value).mul(n[0]);
    if (gradient != nullptr) *gradient = d.tanh().mul(n[0] / static_cast<double>(y.numel()));
    return d.abs().add(d.abs().mul(-2).exp().log1p()).sub(std::log(2.0)).mean();  // no cosh: it overflows
  }
};

using Recipe = Finetune<TinyNet, ReplaceHead<2>, LogCosh, Sgd<Lr<0.1>, Momentum<0.9>>>;

int main() {
  check_loss<LogCosh>(at::randn({4, 2}), {at::randn({4, 2})});  // throws, were the gradient not that of the value
  Settings settings = defaults<Recipe>();
  value_of<Recipe, LogCosh>(settings) = 2;
  Trainer<Recipe> trainer(settings);
  const at::Tensor x = at::randn({64, 3, 32, 32}), y = at::randn({64, 2});
  for (int step = 0; step <= 200; ++step) {
    const BatchResult r = trainer.step(x, y, 200);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, r.loss);
  }
}
