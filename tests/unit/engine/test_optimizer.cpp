// The optimizers against the formulas written out in double precision, 50 steps on random gradients; what they
// remember, and that nothing moves where it must not. (Against torch.optim itself: tests/parity/test_optimizers.cpp.)
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>
#include <map>

#include "tuneit/engine/update/optimizer.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

/// One step of the formulas in recipe/optimizers/optimizers.hpp, in double precision.
struct Reference {
  at::Tensor p, m, v, largest, mean;
  int t = 0;

  void step(Algorithm a, const at::Tensor& grad, const OptimizerNumbers& n) {
    at::Tensor g = grad.to(at::kDouble);
    if (++t == 1) {
      m = v = largest = mean = at::zeros_like(p);
      if (a == Algorithm::Adagrad) v = v.add(n.accumulator);
    }
    if (a == Algorithm::AdamW || a == Algorithm::Lion)
      p = p.mul(1 - n.lr * n.weight_decay);
    else
      g = g.add(p, n.weight_decay);
    switch (a) {
      case Algorithm::Sgd:
        if (n.momentum > 0) {
          m = t == 1 ? g : m.mul(n.momentum).add(g, 1 - n.dampening);
          g = n.nesterov ? g.add(m, n.momentum) : m;
        }
        p = p.sub(g, n.lr);
        break;
      case Algorithm::Adam:
      case Algorithm::AdamW: {
        m = m.mul(n.beta1).add(g, 1 - n.beta1);
        v = v.mul(n.beta2).add(g.mul(g), 1 - n.beta2);
        largest = at::maximum(largest, v);
        const at::Tensor root = (n.amsgrad ? largest : v).sqrt().div(std::sqrt(1 - std::pow(n.beta2, t))).add(n.eps);
        p = p.sub(m.div(root), n.lr / (1 - std::pow(n.beta1, t)));
        break;
      }
      case Algorithm::Adagrad:
        v = v.add(g.mul(g));
        p = p.sub(g.div(v.sqrt().add(n.eps)), n.lr / (1 + (t - 1) * n.lr_decay));
        break;
      case Algorithm::RmsProp: {
        v = v.mul(n.smoothing).add(g.mul(g), 1 - n.smoothing);
        mean = mean.mul(n.smoothing).add(g, 1 - n.smoothing);
        const at::Tensor move = g.div((n.centered ? v.sub(mean.mul(mean)) : v).sqrt().add(n.eps));
        m = m.mul(n.momentum).add(move);
        p = p.sub(n.momentum > 0 ? m : move, n.lr);
        break;
      }
      case Algorithm::Lion:
        p = p.sub(m.mul(n.beta1).add(g, 1 - n.beta1).sign(), n.lr);
        m = m.mul(n.beta2).add(g, 1 - n.beta2);
        break;
      case Algorithm::Chosen:
        break;
    }
  }
};

std::vector<at::Tensor> start(const at::Generator& g, at::ScalarType type = at::kFloat) {
  return {at::randn({7, 5, 3, 3}, g).to(type).contiguous(at::MemoryFormat::ChannelsLast), at::randn({11}, g).to(type)};
}
std::vector<at::Tensor> noise(const std::vector<at::Tensor>& like, const at::Generator& g) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& t : like) gradients.push_back(at::zeros_like(t).normal_(0, 1, g));
  return gradients;
}
template <Algorithm A>
GroupOptimizer<A> make(const std::vector<at::Tensor>& tensors, Algorithm meant = A) {
  GroupOptimizer<A> optimizer(meant);
  for (std::size_t i = 0; i < tensors.size(); ++i) optimizer.add(tensors[i], i);
  return optimizer;
}

template <Algorithm A>
void fifty_steps(const OptimizerNumbers& n, Algorithm meant = A) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const auto g = make_generator(9);
    const std::vector<at::Tensor> tensors = start(g, type);
    std::vector<Reference> expected;
    for (const at::Tensor& t : tensors) expected.push_back({t.to(at::kDouble).clone(), {}, {}, {}, {}});
    auto optimizer = make<A>(tensors, meant);
    for (int step = 0; step < 50; ++step) {
      OptimizerNumbers now = n;
      now.lr *= 1 + step % 3;
      std::vector<at::Tensor> gradients = noise(tensors, g);
      for (std::size_t i = 0; i < tensors.size(); ++i) expected[i].step(meant, gradients[i], now);
      optimizer.step(now, gradients);
      CHECK_FALSE(gradients[0].defined());  // taken
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const at::Tensor far = tensors[i].to(at::kDouble).sub(expected[i].p).abs().max();
      CHECK(far.item<double>() / expected[i].p.abs().max().item<double>() < (type == at::kFloat ? 1e-5 : 1e-12));
    }
  }
}

}  // namespace

TEST_CASE("SGD: plain, with momentum, dampening, Nesterov and decay") {
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>>::values);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>>::values);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, Dampening<0.3>>::values);
  fifty_steps<Algorithm::Sgd>(Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<1e-2>, Nesterov>::values);
}

TEST_CASE("Adam: decay in the gradient; AMSGrad") {
  fifty_steps<Algorithm::Adam>(Adam<Lr<1e-2>>::values);
  fifty_steps<Algorithm::Adam>(Adam<Lr<1e-2>, WeightDecay<1e-2>, Betas<0.8, 0.99>, Eps<1e-6>>::values);
  fifty_steps<Algorithm::Adam>(Adam<Lr<1e-2>, Betas<0.9, 0.8>, AmsGrad>::values);
}

TEST_CASE("AdamW: decay beside it") {
  fifty_steps<Algorithm::AdamW>(AdamW<Lr<1e-2>>::values);
  fifty_steps<Algorithm::AdamW>(AdamW<Lr<1e-2>, WeightDecay<0.1>, Betas<0.9, 0.8>, AmsGrad>::values);
}

TEST_CASE("Adagrad: with a falling rate, and a sum that does not start at 0") {
  fifty_steps<Algorithm::Adagrad>(Adagrad<>::values);
  fifty_steps<Algorithm::Adagrad>(Adagrad<LrDecay<0.1>, WeightDecay<1e-2>, InitialAccumulator<0.5>>::values);
}

TEST_CASE("RMSprop: plain, with momentum, centered") {
  fifty_steps<Algorithm::RmsProp>(RmsProp<Lr<1e-3>>::values);
  fifty_steps<Algorithm::RmsProp>(RmsProp<Lr<1e-3>, Momentum<0.9>, WeightDecay<1e-2>, Smoothing<0.9>>::values);
  fifty_steps<Algorithm::RmsProp>(RmsProp<Lr<1e-3>, Momentum<0.9>, Centered, Eps<1e-3>>::values);
}

TEST_CASE("Lion: the sign of a momentum that is not the one it keeps") {
  fifty_steps<Algorithm::Lion>(Lion<Lr<1e-3>>::values);
  fifty_steps<Algorithm::Lion>(Lion<Lr<1e-3>, WeightDecay<0.1>, Betas<0.95, 0.98>>::values);
}

TEST_CASE("an optimizer chosen at run time is the same one") {
  fifty_steps<Algorithm::Chosen>(Sgd<Lr<1e-2>, Momentum<0.9>>::values, Algorithm::Sgd);
  fifty_steps<Algorithm::Chosen>(Adam<Lr<1e-2>>::values, Algorithm::Adam);
  fifty_steps<Algorithm::Chosen>(AdamW<Lr<1e-2>>::values, Algorithm::AdamW);
  fifty_steps<Algorithm::Chosen>(Adagrad<>::values, Algorithm::Adagrad);
  fifty_steps<Algorithm::Chosen>(RmsProp<Lr<1e-3>>::values, Algorithm::RmsProp);
  fifty_steps<Algorithm::Chosen>(Lion<Lr<1e-3>>::values, Algorithm::Lion);
}

namespace {

const std::vector<std::pair<Algorithm, OptimizerNumbers>> everything{
    {Algorithm::Sgd, Sgd<Lr<1e-2>, Momentum<0.9>, WeightDecay<0.1>, Nesterov>::values},
    {Algorithm::Adam, Adam<Lr<1e-2>, WeightDecay<0.1>, AmsGrad>::values},
    {Algorithm::AdamW, AdamW<Lr<1e-2>, WeightDecay<0.1>>::values},
    {Algorithm::Adagrad, Adagrad<WeightDecay<0.1>>::values},
    {Algorithm::RmsProp, RmsProp<Momentum<0.9>, Centered, WeightDecay<0.1>>::values},
    {Algorithm::Lion, Lion<WeightDecay<0.1>>::values}};

/// All that an optimizer has, copied: its tensors, and what it remembers.
std::map<std::string, std::vector<at::Tensor>> snapshot(const GroupOptimizer<Algorithm::Chosen>& optimizer) {
  std::map<std::string, std::vector<at::Tensor>> all;
  const auto keep = [&](const std::string& name, const std::vector<at::Tensor>& tensors) {
    for (const at::Tensor& t : tensors) all[name].push_back(t.clone());
  };
  keep("tensor", optimizer.tensors());
  optimizer.each_state(keep);
  return all;
}
bool equal(const std::map<std::string, std::vector<at::Tensor>>& a,
           const std::map<std::string, std::vector<at::Tensor>>& b) {
  bool same = a.size() == b.size();
  for (const auto& [name, tensors] : a)
    for (std::size_t i = 0; same && i < tensors.size(); ++i)
      same = b.count(name) == 1 && tensors[i].equal(b.at(name).at(i));
  return same;
}

}  // namespace

TEST_CASE("a group without gradients does not move, nor does what is remembered of it") {
  for (const auto& [algorithm, n] : everything) {
    INFO(name_of(algorithm));
    const auto g = make_generator(3);
    const std::vector<at::Tensor> tensors = start(g);
    auto optimizer = make<Algorithm::Chosen>(tensors, algorithm);
    std::vector<at::Tensor> none(tensors.size()), gradients = noise(tensors, g);
    const auto untouched = snapshot(optimizer);
    optimizer.step(n, none);
    CHECK(equal(snapshot(optimizer), untouched));  // nothing was made, either
    optimizer.step(n, gradients);
    const auto before = snapshot(optimizer);
    CHECK_FALSE(equal(before, untouched));
    for (int i = 0; i < 3; ++i) optimizer.step(n, none);
    CHECK(equal(snapshot(optimizer), before));

    std::vector<at::Tensor> some = noise(tensors, g);
    some[0] = at::Tensor();
    CHECK_THROWS_AS(optimizer.step(n, some), Error);
  }
}

TEST_CASE("an overflow leaves a step out, and a scaled loss is the same step") {
  for (const auto& [algorithm, n] : everything) {
    INFO(name_of(algorithm));
    const auto g = make_generator(4);
    const std::vector<at::Tensor> tensors = start(g), same{tensors[0].clone(), tensors[1].clone()};
    auto plain = make<Algorithm::Chosen>(tensors, algorithm), scaled = make<Algorithm::Chosen>(same, algorithm);
    const at::Tensor scale = at::full({1}, 1024.0f), yes = at::full({1}, 1.0f), no = at::full({1}, 0.0f);
    for (int i = 0; i < 5; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g), larger, wrong;
      for (const at::Tensor& t : gradients) {
        larger.push_back(t.mul(1024));
        wrong.push_back(t.mul(3));
      }
      plain.step(n, gradients);
      if (i > 0) {  // one that is left out on the way
        const auto before = snapshot(scaled);
        scaled.step(n, wrong, scale, yes);
        CHECK(equal(snapshot(scaled), before));
      }
      scaled.step(n, larger, scale, no);
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) CHECK(tensors[i].sub(same[i]).abs().max().item<float>() < 1e-6f);
  }
}

TEST_CASE("what an optimizer remembers has torch's names and goes to another one") {
  const std::map<Algorithm, std::vector<std::string>> names{
      {Algorithm::Sgd, {"momentum_buffer"}},
      {Algorithm::Adam, {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"}},
      {Algorithm::AdamW, {"exp_avg", "exp_avg_sq", "step"}},
      {Algorithm::Adagrad, {"step", "sum"}},
      {Algorithm::RmsProp, {"grad_avg", "momentum_buffer", "square_avg"}},
      {Algorithm::Lion, {"exp_avg"}}};
  for (const auto& [algorithm, n] : everything) {
    INFO(name_of(algorithm));
    const auto g = make_generator(5);
    const std::vector<at::Tensor> tensors = start(g);
    auto first = make<Algorithm::Chosen>(tensors, algorithm);
    for (int i = 0; i < 3; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g);
      first.step(n, gradients);
    }
    auto saved = snapshot(first);
    std::vector<std::string> found;
    for (const auto& [name, state] : saved)
      if (name != "tensor") found.push_back(name);
    CHECK(found == names.at(algorithm));

    const std::vector<at::Tensor> others{saved["tensor"][0].clone(), saved["tensor"][1].clone()};
    auto second = make<Algorithm::Chosen>(others, algorithm);
    second.make_state(n);
    second.each_state([&](const std::string& name, const std::vector<at::Tensor>& state) {
      for (std::size_t i = 0; i < state.size(); ++i) state[i].copy_(saved.at(name).at(i));
    });
    for (int i = 0; i < 3; ++i) {
      std::vector<at::Tensor> gradients = noise(tensors, g), copies = gradients;
      first.step(n, gradients);
      second.step(n, copies);
    }
    CHECK(equal(snapshot(first), snapshot(second)));
  }
}

TEST_CASE("a momentum that begins later begins with the gradient") {
  const auto g = make_generator(6);
  const std::vector<at::Tensor> tensors = start(g);
  auto optimizer = make<Algorithm::Sgd>(tensors);
  OptimizerNumbers n = Sgd<Lr<1e-2>, Dampening<0.5>>::values;
  std::vector<at::Tensor> gradients = noise(tensors, g);
  optimizer.step(n, gradients);
  n.momentum = 0.9;
  gradients = noise(tensors, g);
  const at::Tensor expected = tensors[1].sub(gradients[1], 1e-2);
  optimizer.step(n, gradients);
  CHECK(tensors[1].sub(expected).abs().max().item<float>() < 1e-7f);
}
