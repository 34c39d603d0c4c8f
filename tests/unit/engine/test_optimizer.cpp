// The fused optimizers against torch.optim's formulas written out in double precision, 50 steps on random gradients.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>

#include "tuneit/engine/initialise.hpp"
#include "tuneit/engine/optimizer.hpp"

using namespace tuneit;

namespace {

/// One step of the formulas in recipe/optimizers.hpp, in double precision.
struct Reference {
  at::Tensor p, m, v;
  int t = 0;
  void step(Algorithm a, const at::Tensor& grad, double lr, double decay, const OptimizerNumbers& n) {
    at::Tensor g = grad.to(at::kDouble);
    ++t;
    if (a == Algorithm::Sgd) {
      g = g.add(p, decay);
      if (n.momentum > 0) {
        m = t == 1 ? g.clone() : m.mul(n.momentum).add(g, 1 - n.dampening);
        g = n.nesterov ? g.add(m, n.momentum) : m;
      }
      p = p.sub(g, lr);
      return;
    }
    if (a == Algorithm::AdamW)
      p = p.mul(1 - lr * decay);
    else
      g = g.add(p, decay);
    m = (t == 1 ? at::zeros_like(p) : m).mul(n.beta1).add(g, 1 - n.beta1);
    v = (t == 1 ? at::zeros_like(p) : v).mul(n.beta2).add(g.mul(g), 1 - n.beta2);
    const at::Tensor root = v.sqrt().div(std::sqrt(1 - std::pow(n.beta2, t))).add(n.eps);
    p = p.sub(m.div(root), lr / (1 - std::pow(n.beta1, t)));
  }
};

template <Algorithm A>
void fifty_steps(const OptimizerNumbers& n, Algorithm meant = A) {
  const auto g = make_generator(9);
  const Group group{3, 0.5, false};
  std::vector<at::Tensor> tensors{at::randn({7, 5, 3, 3}, g).contiguous(at::MemoryFormat::ChannelsLast),
                                  at::randn({11}, g)};
  std::vector<Reference> expected;
  std::vector<at::Tensor> gradients(tensors.size());
  GroupOptimizer<A> optimizer(group, meant);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    expected.push_back({tensors[i].to(at::kDouble), {}, {}});
    optimizer.add(tensors[i], i);
  }
  for (int step = 0; step < 50; ++step) {
    const double lr = n.lr * (1 + step % 3);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const at::NoGradGuard no_grad;
      at::Tensor grad = at::zeros_like(tensors[i]);
      grad.normal_(0, 1, g);
      expected[i].step(meant, grad, lr * group.lr_scale, n.weight_decay * group.decay_scale, n);
      gradients[i] = grad;
    }
    optimizer.step(lr, n, gradients);
    CHECK_FALSE(gradients[0].defined());  // taken
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor far = tensors[i].detach().to(at::kDouble).sub(expected[i].p).abs().max();
    CHECK(far.item<double>() / expected[i].p.abs().max().item<double>() < 1e-5);
  }
}

}  // namespace

TEST_CASE("SGD: plain, with momentum, dampening, Nesterov and decay") {
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>>::numbers);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>>::numbers);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, Dampening<0.3>>::numbers);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>, Nesterov>::numbers);
}

TEST_CASE("Adam: decay in the gradient") {
  fifty_steps<Algorithm::Adam>(Adam<Lr<1e-2>>::numbers);
  fifty_steps<Algorithm::Adam>(Adam<Lr<1e-2>, WeightDecay<1e-2>, Betas<0.8, 0.99>, Eps<1e-6>>::numbers);
}

TEST_CASE("AdamW: decay beside it") { fifty_steps<Algorithm::AdamW>(AdamW<Lr<1e-2>>::numbers); }

TEST_CASE("an optimizer chosen at run time is the same one") {
  fifty_steps<Algorithm::Chosen>(Sgd<Lr<1e-2>, Momentum<0.9>>::numbers, Algorithm::Sgd);
  fifty_steps<Algorithm::Chosen>(Adam<Lr<1e-2>>::numbers, Algorithm::Adam);
  fifty_steps<Algorithm::Chosen>(AdamW<Lr<1e-2>>::numbers, Algorithm::AdamW);
}
